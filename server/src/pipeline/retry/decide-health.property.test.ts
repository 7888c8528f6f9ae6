/** Batches in a row, as one endpoint meets them over weeks; the status follows what is decided. */
import fc from "fast-check";
import { expect, test } from "vitest";

import type { HealthRule } from "../../profiles/profile.ts";
import { collectHealthFacts } from "./collect-health-facts.ts";
import { decideHealth, UNTRIED } from "./decide-health.ts";
import type { EndpointHealth, HealthDecision, HealthInput } from "./decide-health.ts";

const HOUR_MS = 3_600_000;
const threshold = fc.record({
  afterMs: fc.nat({ max: 100 * HOUR_MS }),
  failedTries: fc.nat({ max: 20 }),
  failedDeliveries: fc.nat({ max: 10 }),
});
const rules: fc.Arbitrary<HealthRule> = fc.record({
  warn: fc.option(threshold),
  stop: fc.option(
    fc
      .tuple(threshold, fc.constantFrom("paused" as const, "disabled" as const))
      .map(([limits, becomes]) => ({ ...limits, becomes })),
  ),
});
const batch = fc.record({
  passedMs: fc.nat({ max: 20 * HOUR_MS }),
  results: fc.array(
    fc.record({
      agoMs: fc.nat({ max: HOUR_MS }),
      result: fc.oneof(
        { weight: 8, arbitrary: fc.constantFrom("retry" as const, "give_up" as const) },
        { weight: 1, arbitrary: fc.constant("finish" as const) },
      ),
    }),
    { minLength: 1, maxLength: 4 },
  ),
});

type Step = HealthDecision & { readonly before: EndpointHealth; readonly now: Date; readonly succeeded: boolean };

function run(
  rule: HealthRule,
  batches: readonly {
    passedMs: number;
    results: readonly { agoMs: number; result: "retry" | "give_up" | "finish" }[];
  }[],
): Step[] {
  let now = new Date("2026-03-01T00:00:00.000Z");
  let health = UNTRIED;
  let status: HealthInput["status"] = "active";
  return batches.map(({ passedMs, results }) => {
    now = new Date(now.getTime() + passedMs + HOUR_MS);
    const facts = collectHealthFacts(
      results.map(({ agoMs, result }) => ({
        source: "publish" as const,
        class: result === "finish" ? null : ("http_server_error" as const),
        decision: result,
        endedAt: new Date(now.getTime() - agoMs),
      })),
    );
    if (facts === null) throw new Error("every batch counts");
    const before = health;
    const decision = decideHealth({ before, facts, rule, status, now });
    health = decision.after;
    if (decision.effect === "pause") status = "paused";
    if (decision.effect === "disable") status = "disabled";
    return { ...decision, before, now, succeeded: facts.lastSuccessAt !== null };
  });
}

function holds(check: (steps: Step[], rule: HealthRule) => void): void {
  fc.assert(
    fc.property(rules, fc.array(batch, { maxLength: 40 }), (rule, batches) => check(run(rule, batches), rule)),
    { numRuns: 500 },
  );
}

test("a stop fires at most once while nobody resumes the endpoint, and nothing follows it", () => {
  holds((steps) => {
    const stop = steps.findIndex(({ effect }) => effect === "pause" || effect === "disable");
    if (stop >= 0) expect(steps.slice(stop + 1).every(({ effect }) => effect === null)).toBe(true);
  });
});

test("between two warnings there is a success", () => {
  holds((steps) => {
    let warned = false;
    for (const { effect, succeeded } of steps) {
      if (succeeded) warned = false;
      if (effect === "warn") expect(warned).toBe(false);
      warned ||= effect === "warn";
    }
  });
});

test("an effect comes only when its threshold is met", () => {
  holds((steps, rule) => {
    for (const { effect, after, now } of steps) {
      const limits = effect === null ? null : effect === "warn" ? rule.warn : rule.stop;
      if (limits === null) continue;
      expect(now.getTime() - (after.failingSince?.getTime() ?? Infinity)).toBeGreaterThanOrEqual(limits.afterMs);
      expect(after.consecutiveFailures).toBeGreaterThanOrEqual(limits.failedTries);
      expect(after.failedDeliveries).toBeGreaterThanOrEqual(limits.failedDeliveries);
    }
  });
});

test("the clock runs exactly while there are failures, and warnings belong to it", () => {
  holds((steps) => {
    for (const { after } of steps) {
      expect(after.failingSince !== null).toBe(after.consecutiveFailures > 0);
      expect(after.failedDeliveries).toBeLessThanOrEqual(after.consecutiveFailures);
      if (after.failingSince === null) expect(after.warnedAt).toBeNull();
    }
  });
});

test("without a success nothing counted is lost", () => {
  holds((steps) => {
    for (const { before, after, succeeded } of steps) {
      if (succeeded) continue;
      expect(after.consecutiveFailures).toBeGreaterThan(before.consecutiveFailures);
      expect(after.failedDeliveries).toBeGreaterThanOrEqual(before.failedDeliveries);
    }
  });
});
