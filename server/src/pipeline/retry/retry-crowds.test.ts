import fc from "fast-check";
import { expect, test } from "vitest";

import { RetryCrowds } from "./retry-crowds.ts";

const NOW = 1_800_000_000_000;
const MINUTE = 60_000;

/** How many retries are due in each second, by the second counted from `NOW`. */
function planOutage(of: {
  readonly perSecond: number;
  readonly seconds: number;
  readonly waitMs: (n: number) => number;
}): number[] {
  const crowds = new RetryCrowds();
  const due: number[] = [];
  for (let n = 0; n < of.perSecond * of.seconds; n += 1) {
    const nowMs = NOW + Math.floor((n * 1000) / of.perSecond);
    crowds.place({ endpointId: "one", isFirst: true, nowMs, waitMs: 5000 });
    const dueMs = nowMs + crowds.place({ endpointId: "one", isFirst: false, nowMs, waitMs: of.waitMs(n) });
    const second = Math.floor((dueMs - NOW) / 1000);
    due[second] = (due[second] ?? 0) + 1;
  }
  return due;
}

/** Five minutes, give or take a fifth, drawn evenly. */
const fiveMinutes = (n: number): number => 240_000 + ((n * 7919) % 12_000) * 10;
const sum = (counts: readonly number[]): number => counts.reduce((total, count) => total + count, 0);
const most = (counts: readonly number[]): number => Math.max(...counts.filter((count) => count !== undefined));

test("a minute's failures of a busy endpoint come back beside its load, not on top of each other", () => {
  const due = planOutage({ perSecond: 200, seconds: 60, waitMs: fiveMinutes });
  expect(sum(due)).toBe(12_000);
  expect(most(due)).toBeLessThanOrEqual(200 * 0.125 + 1);
  expect(due.filter((count) => count > 200 * 0.1 + 1).length).toBeLessThan(due.filter((count) => count > 0).length / 5);
});

test("after a longer outage each second takes more, and none is left to the jitter alone", () => {
  const due = planOutage({ perSecond: 200, seconds: 120, waitMs: fiveMinutes });
  expect(sum(due)).toBe(24_000);
  expect(most(due)).toBeLessThanOrEqual(200 * 0.2 + 1);
});

test("ten a second are no crowd", () => {
  const crowds = new RetryCrowds();
  const waits = Array.from({ length: 11 }, () =>
    crowds.place({ endpointId: "one", isFirst: false, nowMs: NOW, waitMs: 5 * MINUTE }),
  );
  expect(waits).toEqual([...Array.from({ length: 10 }, () => 5 * MINUTE), 5 * MINUTE + 1000]);
});

test("endpoints do not wait for each other", () => {
  const crowds = new RetryCrowds();
  const waits = Array.from({ length: 50 }, (_, n) =>
    crowds.place({ endpointId: `endpoint-${n % 5}`, isFirst: false, nowMs: NOW, waitMs: 5 * MINUTE }),
  );
  expect(new Set(waits)).toEqual(new Set([5 * MINUTE]));
});

test("a wait below a minute, or above an hour, is as it was", () => {
  const crowds = new RetryCrowds();
  for (const waitMs of [5000, 2 * 3_600_000]) {
    const waits = Array.from({ length: 100 }, () =>
      crowds.place({ endpointId: "one", isFirst: false, nowMs: NOW, waitMs }),
    );
    expect(new Set(waits)).toEqual(new Set([waitMs]));
  }
});

test("a retry never comes before its time, nor is it moved by more than twice its wait, or ten minutes", () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.record({
          endpointId: fc.constantFrom("one", "two"),
          isFirst: fc.boolean(),
          stepMs: fc.integer({ min: -5_000, max: 5_000 }),
          waitMs: fc.integer({ min: 0, max: 4_000_000 }),
          times: fc.integer({ min: 1, max: 60 }),
        }),
        { maxLength: 40 },
      ),
      (steps) => {
        const crowds = new RetryCrowds();
        let nowMs = NOW;
        for (const { endpointId, isFirst, stepMs, waitMs, times } of steps) {
          nowMs += stepMs;
          for (let time = 0; time < times; time += 1) {
            const placed = crowds.place({ endpointId, isFirst, nowMs, waitMs });
            expect(placed).toBeGreaterThanOrEqual(waitMs);
            expect(placed).toBeLessThanOrEqual(waitMs + Math.min(2 * waitMs, 10 * MINUTE) + 1000);
          }
        }
      },
    ),
  );
});

test("an endpoint that has not failed for a quarter of an hour is forgotten", () => {
  const crowds = new RetryCrowds();
  crowds.place({ endpointId: "one", isFirst: true, nowMs: NOW, waitMs: 5 * MINUTE });
  crowds.place({ endpointId: "two", isFirst: true, nowMs: NOW + 10 * MINUTE, waitMs: 5 * MINUTE });
  expect(crowds.size).toBe(2);
  crowds.place({ endpointId: "two", isFirst: true, nowMs: NOW + 16 * MINUTE, waitMs: 5 * MINUTE });
  expect(crowds.size).toBe(1);
});
