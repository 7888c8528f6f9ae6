import { expect, test } from "vitest";

import { judge, toTable } from "./figure.ts";

test("a figure is held to its floor and its goal, in the direction they say", () => {
  const ratio = { name: "ratio", must: { be: "at least", floor: 0.55, goal: 0.7 } } as const;
  expect(judge({ ...ratio, value: 0.6 })).toMatchObject({ floorVerdict: "met", goalVerdict: "MISSED" });
  expect(judge({ ...ratio, value: 0.5499 })).toMatchObject({ floorVerdict: "MISSED", goalVerdict: "MISSED" });
  const growth = { name: "growth", must: { be: "at most", floor: 1 } } as const;
  expect(judge({ ...growth, value: 1 })).toMatchObject({ floorVerdict: "met", goalVerdict: null });
  expect(judge({ ...growth, value: 1.01 })).toMatchObject({ floorVerdict: "MISSED", goalVerdict: null });
});

test("what was not measured, and what is no number, is no success", () => {
  expect(judge({ name: "memory", value: null, must: { be: "at most", floor: 1 } }).floorVerdict).toBe("not measured");
  expect(judge({ name: "ratio", value: Number.NaN, must: { be: "at most", floor: 1 } }).floorVerdict).toBe("MISSED");
});

test("the table says name, value, bounds with their verdicts, and where it comes from", () => {
  const figures = [
    judge({ name: "ratio", value: 0.6, must: { be: "at least", floor: 0.55, goal: 0.7 }, from: "rounds 0.6" }),
    judge({ name: "log", value: 3.456, unit: "MB" }),
  ];
  expect(toTable(figures)).toEqual([
    "ratio       0.6  floor ≥ 0.55 met, goal ≥ 0.7 MISSED  (rounds 0.6)",
    "log    3.456 MB",
  ]);
});
