import { expect, it } from "vitest";

import { LinePulse } from "./line-pulse.ts";

it("counts what ended in this moment, or in the last one where that was more, and nothing older", () => {
  const pulse = new LinePulse(0);
  expect(pulse.read(0)).toBe(0);
  for (const atMs of [10, 20, 240]) pulse.beat(atMs);
  expect(pulse.read(249)).toBe(3);
  pulse.beat(300);
  expect(pulse.read(310)).toBe(3);
  expect(pulse.read(560)).toBe(1);
  expect(pulse.read(900)).toBe(0);
});

it("forgets a moment that is long past when the next request ends", () => {
  const pulse = new LinePulse(0);
  pulse.beat(10);
  pulse.beat(1_000);
  expect(pulse.read(1_000)).toBe(1);
});
