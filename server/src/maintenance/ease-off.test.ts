import { expect, it } from "vitest";

import { easeOff } from "./ease-off.ts";

/** The waits after runs that found so much. */
async function waitsAfter(finds: readonly number[]): Promise<number[]> {
  const left = [...finds];
  const task = easeOff({
    name: "test",
    oftenMs: 10,
    seldomMs: 1_000,
    quietRuns: 3,
    runOnce: async () => left.shift() ?? 0,
  });
  const waits: number[] = [];
  while (left.length > 0) {
    await task.runOnce();
    waits.push(typeof task.intervalMs === "number" ? task.intervalMs : task.intervalMs());
  }
  return waits;
}

it("looks seldom until something is found", async () => {
  expect(await waitsAfter([0, 0, 7])).toEqual([1_000, 1_000, 10]);
});

it("looks often as long as something is found once in a while, and seldom again after that", async () => {
  expect(await waitsAfter([1, 0, 0, 2, 0, 0, 0, 0])).toEqual([10, 10, 10, 10, 10, 10, 1_000, 1_000]);
});
