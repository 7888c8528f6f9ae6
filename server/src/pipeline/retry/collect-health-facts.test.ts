import { expect, test } from "vitest";

import { collectHealthFacts } from "./collect-health-facts.ts";
import type { HealthEntry } from "./collect-health-facts.ts";

const at = (ms: number) => new Date(1_772_366_400_000 + ms);
const success = (ms: number): HealthEntry => ({ source: "publish", class: null, decision: "finish", endedAt: at(ms) });
const failure = (ms: number, changes: Partial<HealthEntry> = {}): HealthEntry => ({
  source: "publish",
  class: "http_server_error",
  decision: "retry",
  endedAt: at(ms),
  ...changes,
});

test("failures before the last success are forgotten, those after it counted, in whatever order they stand", () => {
  const entries = [failure(50, { decision: "give_up" }), failure(10), success(20), failure(30), success(5)];
  expect(collectHealthFacts(entries)).toEqual({
    lastSuccessAt: at(20),
    failures: { firstAt: at(30), lastAt: at(50), tries: 2, deliveries: 1 },
  });
});

test("a success in the same millisecond as a failure wins", () => {
  expect(collectHealthFacts([failure(10), success(10)])).toEqual({ lastSuccessAt: at(10), failures: null });
});

test("a batch of successes has no failures", () => {
  expect(collectHealthFacts([success(1), success(2)])).toEqual({ lastSuccessAt: at(2), failures: null });
});

test.each<[string, Partial<HealthEntry>]>([
  ["a test", { source: "test", decision: "give_up" }],
  ["a probe", { source: "probe", decision: "give_up" }],
  ["an operational delivery", { source: "operational" }],
  ["a forbidden address", { class: "blocked_address", decision: "give_up" }],
  ["a missing key", { class: "key_unavailable", decision: "hold" }],
  ["a fault of this server", { class: "internal_error" }],
  ["a receiver that asked for time", { class: "http_rate_limited", decision: "defer" }],
])("%s counts for nothing", (_, changes) => {
  expect(collectHealthFacts([failure(1, changes)])).toBeNull();
});

test("a resend counts", () => {
  expect(collectHealthFacts([failure(1, { source: "resend" })])?.failures?.tries).toBe(1);
});

test("a success of a test clears nothing", () => {
  expect(collectHealthFacts([{ ...success(1), source: "test" }])).toBeNull();
});
