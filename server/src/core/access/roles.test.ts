import { expect, test } from "vitest";

import { isRole, ROLE_SCOPES, ROLES } from "./roles.ts";
import { SCOPES } from "./scopes.ts";

test("an admin has every scope, and each role all of the one below", () => {
  expect(ROLE_SCOPES.admin).toEqual(SCOPES);
  expect(ROLE_SCOPES.developer).toEqual(expect.arrayContaining([...ROLE_SCOPES.viewer]));
});

test("a viewer only reads, and a developer has nothing to do with who has access", () => {
  expect(ROLE_SCOPES.viewer.filter((scope) => !scope.endsWith(":read"))).toEqual([]);
  expect(ROLE_SCOPES.developer.filter((scope) => /^(users|audit):/.test(scope))).toEqual([]);
  expect(ROLE_SCOPES.developer).not.toContain("api-keys:write");
});

test("a role is one of the list", () => {
  expect(ROLES.every(isRole)).toBe(true);
  expect(["owner", "toString", ""].some(isRole)).toBe(false);
});
