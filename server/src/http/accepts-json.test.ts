import { expect, test } from "vitest";

import { acceptsJson } from "./accepts-json.ts";

test.each([
  undefined,
  "",
  "*/*",
  "application/json, text/plain, */*",
  "text/html;q=0.9, application/*;q=0.1",
  "Application/JSON; q=0.5",
  "application/json;charset=utf-8",
])("%j takes JSON", (header) => {
  expect(acceptsJson(header)).toBe(true);
});

test.each([
  "text/html",
  "application/xml, text/*",
  "application/json;q=0",
  "application/json;q=0, */*",
  "application/xml",
])("%j takes none", (header) => {
  expect(acceptsJson(header)).toBe(false);
});
