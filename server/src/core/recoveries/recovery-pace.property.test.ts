import fc from "fast-check";
import { expect, test } from "vitest";

import { decideBudget, paceAfter } from "./recovery-pace.ts";

const START_MS = Date.UTC(2026, 5, 1);
const rate = fc.integer({ min: 1, max: 1_000 });
/** Steps of several nodes: how long after the one before, and which share of the budget is used. */
const steps = fc.array(
  fc.record({
    afterMs: fc.oneof(fc.integer({ min: 0, max: 400 }), fc.integer({ min: 0, max: 20_000 })),
    used: share(),
  }),
  { minLength: 1, maxLength: 60 },
);

function share(): fc.Arbitrary<number> {
  return fc.oneof(fc.constant(1), fc.double({ min: 0, max: 1, noNaN: true }));
}

/** What the steps resend, each with its time. */
function run(ratePerSecond: number, plan: readonly { readonly afterMs: number; readonly used: number }[]) {
  let pacedUntil: Date | null = new Date(START_MS);
  let nowMs = START_MS;
  return plan.map(({ afterMs, used }) => {
    nowMs += afterMs;
    const budget = decideBudget({ pacedUntil, ratePerSecond, now: new Date(nowMs) });
    const deliveries = Math.floor(budget.deliveries * used);
    pacedUntil = paceAfter(budget, deliveries, ratePerSecond);
    return { nowMs, deliveries, budget: budget.deliveries, pacedUntilMs: pacedUntil.getTime() };
  });
}

test("between any two steps no more is resent than the rate allows in that time and half a second, and one delivery more", () => {
  fc.assert(
    fc.property(rate, steps, (ratePerSecond, plan) => {
      const done = run(ratePerSecond, plan);
      done.forEach((first, start) => {
        let sum = 0;
        for (const step of done.slice(start)) {
          sum += step.deliveries;
          expect(sum).toBeLessThanOrEqual(2 + (ratePerSecond * (step.nowMs - first.nowMs + 500)) / 1_000);
        }
      });
    }),
  );
});

test("steps that come at least twice a second and use their budget keep the rate", () => {
  const often = fc.array(fc.integer({ min: 1, max: 500 }), { minLength: 1, maxLength: 60 });
  fc.assert(
    fc.property(rate, often, (ratePerSecond, waits) => {
      const done = run(
        ratePerSecond,
        waits.map((afterMs) => ({ afterMs, used: 1 })),
      );
      const seconds = ((done.at(-1)?.nowMs ?? START_MS) - START_MS) / 1_000;
      const sum = done.reduce((total, { deliveries }) => total + deliveries, 0);
      // Each step rounds by less than a millisecond, and one delivery may be under way to its time.
      expect(sum).toBeGreaterThanOrEqual(Math.floor(ratePerSecond * (seconds - waits.length / 1_000)) - 1);
    }),
  );
});

test("the rate is never spent beyond now, also when the clock was set back", () => {
  fc.assert(
    fc.property(rate, fc.integer({ min: -100_000, max: 100_000 }), share(), (ratePerSecond, aheadMs, used) => {
      const now = new Date(START_MS);
      const budget = decideBudget({ pacedUntil: new Date(START_MS + aheadMs), ratePerSecond, now });
      const deliveries = Math.floor(budget.deliveries * used);
      expect(paceAfter(budget, deliveries, ratePerSecond).getTime()).toBeLessThanOrEqual(START_MS);
      if (aheadMs >= 0) expect(budget.deliveries).toBe(0);
    }),
  );
});

test("after a long rest it is half a second's worth and one delivery", () => {
  const now = new Date(START_MS);
  for (const pacedUntil of [null, new Date(START_MS - 86_400_000)]) {
    expect(decideBudget({ pacedUntil, ratePerSecond: 70, now }).deliveries).toBe(35 + 1);
  }
});
