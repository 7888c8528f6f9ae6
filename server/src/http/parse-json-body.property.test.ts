import fc from "fast-check";
import { expect, test } from "vitest";

import { CoreError } from "../core/errors/core-error.ts";
import { HttpError } from "./http-error.ts";
import { parseJsonBody, pointerStep } from "./parse-json-body.ts";

/** The error that parsing `bytes` throws, or undefined. */
function refusalOf(bytes: Uint8Array): unknown {
  try {
    parseJsonBody(bytes);
    return undefined;
  } catch (error) {
    return error;
  }
}

test("bytes are either a value that can be stored, or refused in one of the two ways", () => {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 64 }),
    fc.json({ stringUnit: "binary" }).map((text) => Buffer.from(text)),
    fc.json({ stringUnit: "grapheme" }).map((text) => Buffer.from(text.slice(0, -1))),
  );
  fc.assert(
    fc.property(bytes, (input) => {
      const refusal = refusalOf(input);
      if (refusal instanceof HttpError || refusal instanceof CoreError) return;
      expect(refusal).toBeUndefined();
      const text = JSON.stringify(parseJsonBody(input));
      expect(text).not.toMatch(/\\u0000|\\ud[89a-f]/i);
    }),
    { numRuns: 2000 },
  );
});

test.each([
  ["nothing", ""],
  ["half a value", '{"a":'],
  ["a byte-order mark", "\ufeff{}"],
  ["two values", "{} {}"],
  ["a comment", "{} // x"],
])("%s is malformed", (_name, text) => {
  expect(refusalOf(Buffer.from(text))).toMatchObject({ code: "malformed_json" });
});

test("invalid UTF-8 is malformed", () => {
  expect(refusalOf(Buffer.from([0x22, 0xff, 0x22]))).toMatchObject({ code: "malformed_json" });
});

test("every value that cannot be stored is told with its path", () => {
  const text = String.raw`{"a":["ok","\u0000"],"b/c~":"\ud800","n":1e400,"__proto__":{},"x\u0000":1}`;
  const refusal = refusalOf(Buffer.from(text));
  expect(refusal).toBeInstanceOf(CoreError);
  expect((refusal as CoreError).problems.map(({ path, code }) => [path, code])).toEqual([
    ["/a/1", "invalid_text"],
    ["/b~1c~0", "invalid_text"],
    ["/n", "out_of_bounds"],
    ["/__proto__", "unknown_member"],
    ["", "invalid_text"],
  ]);
});

test("a hundred levels pass, one more is refused, and a hundred thousand do no harm", () => {
  const nested = (levels: number) => Buffer.from("[".repeat(levels) + "]".repeat(levels));
  expect(refusalOf(nested(100))).toBeUndefined();
  expect(refusalOf(nested(101))).toMatchObject({ code: "validation_failed", problems: [{ code: "too_deep" }] });
  expect(refusalOf(nested(100_000))).toMatchObject({ code: "validation_failed" });
});

test("a message never repeats the body", () => {
  expect(String(refusalOf(Buffer.from('{"secret": whsec_abc}')))).not.toContain("whsec");
});

test("a step of a pointer escapes ~ and /", () => {
  expect(pointerStep("a/b~c")).toBe("/a~1b~0c");
});
