import fc from "fast-check";
import { expect, test } from "vitest";

import { rewriteJson } from "./rewrite-json.ts";

test("the spellings are compact, spaced, each also in ASCII, and indented", () => {
  expect(rewriteJson('{ "é":[1,2] }')).toEqual([
    '{"é":[1,2]}',
    '{"é": [1, 2]}',
    '{"\\u00e9":[1,2]}',
    '{"\\u00e9": [1, 2]}',
    '{\n  "é": [\n    1,\n    2\n  ]\n}',
  ]);
});

test("the text itself is not among them", () => {
  expect(rewriteJson("[1,2]")).not.toContain("[1,2]");
});

test("marks inside a string stay, also behind an escaped quote or backslash", () => {
  expect(rewriteJson('["a\\",b:c","\\\\",1]')).toContain('["a\\",b:c", "\\\\", 1]');
});

test.each(["", "{", "a=1", "NaN", "[".repeat(100_000) + "]".repeat(100_000)])("no JSON, no spelling", (text) => {
  expect(rewriteJson(text)).toEqual([]);
});

test("every spelling holds the same value", () => {
  fc.assert(
    fc.property(fc.json(), (text) => {
      for (const spelling of rewriteJson(text)) expect(JSON.parse(spelling)).toEqual(JSON.parse(text));
    }),
  );
});
