import fc from "fast-check";
import { expect, test } from "vitest";

import { findActingUser } from "./claims.ts";

const NOW = new Date("2026-03-01T12:00:00.500Z");
const SECONDS = 1_772_366_400;
const CLAIMS = { token_type: "access", user_id: 7, jti: "a", iat: SECONDS, exp: SECONDS + 1 };

test.each([
  [{}, 7],
  [{ user_id: "7" }, 7],
  [{ user_id: "007" }, 7],
  [{ jti: 1 }, 7],
  [{ iat: SECONDS * 1000 }, 7],
  [{ exp: SECONDS + 0.75 }, 7],
  [{ exp: SECONDS + 0.5 }, null],
  [{ exp: SECONDS }, null],
  [{ exp: "2772366400" }, null],
  [{ exp: Number.NaN }, null],
  [{ exp: null }, null],
  [{ token_type: "Access" }, null],
  [{ jti: null }, null],
  [{ iat: "now" }, null],
  [{ user_id: 7.5 }, null],
  [{ user_id: "" }, null],
  [{ user_id: "7 " }, null],
  [{ user_id: "0x7" }, null],
  [{ user_id: [7] }, null],
])("with %j the acting user is %j", (claims, user) => {
  expect(findActingUser({ ...CLAIMS, ...claims }, NOW)).toBe(user);
});

test.each(Object.keys(CLAIMS))("without %s nobody acts", (name) => {
  expect(findActingUser({ ...CLAIMS, [name]: undefined }, NOW)).toBeNull();
});

test("whatever the claims are, the user is an integer or nobody", () => {
  fc.assert(
    fc.property(fc.dictionary(fc.constantFrom(...Object.keys(CLAIMS), "x"), fc.anything()), (claims) => {
      const user = findActingUser({ ...CLAIMS, ...claims }, NOW);
      expect(user === null || Number.isInteger(user)).toBe(true);
    }),
  );
});
