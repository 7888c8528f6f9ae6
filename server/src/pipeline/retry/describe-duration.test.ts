import { expect, test } from "vitest";

import { describeDuration } from "./describe-duration.ts";

test.each([
  [0, "0 s"],
  [4640, "4.6 s"],
  [10_000, "10 s"],
  [59_700, "1 min"],
  [312_000, "5 min 12 s"],
  [7_190_000, "1 h 59 min"],
  [3_600_000, "1 h"],
  [3_605_000, "1 h"],
  [273_600_000, "3 d 4 h"],
])("%d ms is %s", (ms, text) => {
  expect(describeDuration(ms)).toBe(text);
});
