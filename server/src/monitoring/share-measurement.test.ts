import { expect, it } from "vitest";

import { createFakeClock } from "../../../devkit/fake-clock.ts";
import { shareMeasurement } from "./share-measurement.ts";

function setup(standsForMs: number) {
  const runs: PromiseWithResolvers<{ value: number }>[] = [];
  const clock = createFakeClock(new Date("2026-06-01T12:00:00Z"));
  const shared = shareMeasurement({
    standsForMs,
    nowMs: () => clock.nowMs(),
    measure() {
      const run = Promise.withResolvers<{ value: number }>();
      runs.push(run);
      return run.promise;
    },
  });
  return { shared, runs, clock };
}

it("measures once for all who ask at the same time", async () => {
  const { shared, runs } = setup(60_000);
  const reads = [shared.read({ waitMs: 10_000 }), shared.read({ waitMs: 10_000 })];
  runs[0]?.resolve({ value: 7 });
  expect(await Promise.all(reads)).toEqual([{ value: 7 }, { value: 7 }]);
  expect(await shared.read({ waitMs: 10_000 })).toEqual({ value: 7 });
  expect(runs.length).toBe(1);
});

it("measures again when the result no longer stands", async () => {
  const { shared, runs, clock } = setup(500);
  const first = shared.read({ waitMs: 10_000 });
  runs[0]?.resolve({ value: 1 });
  await first;
  clock.advance(499);
  expect(await shared.read({ waitMs: 10_000 })).toEqual({ value: 1 });
  clock.advance(1);
  const second = shared.read({ waitMs: 10_000 });
  runs[1]?.resolve({ value: 2 });
  expect(await second).toEqual({ value: 2 });
});

it("gives up waiting without asking a second time, and takes the late result", async () => {
  const { shared, runs } = setup(60_000);
  expect(await shared.read({ waitMs: 1 })).toBeNull();
  expect(await shared.read({ waitMs: 1 })).toBeNull();
  expect(runs.length).toBe(1);
  const read = shared.read({ waitMs: 10_000 });
  runs[0]?.resolve({ value: 3 });
  expect(await read).toEqual({ value: 3 });
});

it("passes a failure on to whoever waits and forgets it", async () => {
  const { shared, runs } = setup(60_000);
  const failed = shared.read({ waitMs: 10_000 });
  runs[0]?.reject(new Error("away"));
  await expect(failed).rejects.toThrow("away");
  const again = shared.read({ waitMs: 10_000 });
  runs[1]?.resolve({ value: 4 });
  expect(await again).toEqual({ value: 4 });
});
