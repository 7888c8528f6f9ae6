import fc from "fast-check";
import { expect, test } from "vitest";

import { equalsInConstantTime } from "./equals-in-constant-time.ts";

test("two texts are equal exactly when they are the same", () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (one, other) => {
      expect(equalsInConstantTime(one, other)).toBe(one === other);
      expect(equalsInConstantTime(one, one)).toBe(true);
    }),
  );
});

test("a text that goes on after the expected one, or ends before it, is another", () => {
  expect(equalsInConstantTime("abc", "abcd")).toBe(false);
  expect(equalsInConstantTime("abc", "ab")).toBe(false);
  expect(equalsInConstantTime("abc", "")).toBe(false);
});

test("a difference in the first, in a middle and in the last character counts", () => {
  for (const other of ["xbc", "axc", "abx"]) expect(equalsInConstantTime("abc", other)).toBe(false);
});
