/**
 * Decides what a batch of attempts does to an endpoint's health, and whether its owner is warned or the endpoint is
 * stopped. Pure. A success clears everything; each threshold is met once between two successes, since a warning leaves
 * its time and a stopped endpoint is not stopped again. Whoever resumes an endpoint clears its health too, or the first
 * failure after it would stop it at once.
 */
import type { HealthRule, HealthThreshold } from "../../profiles/profile.ts";
import type { HealthFacts } from "./collect-health-facts.ts";

/** A row of endpoint_health; all counts are since the last success. */
export interface EndpointHealth {
  /** The first failure. */
  readonly failingSince: Date | null;
  readonly consecutiveFailures: number;
  /** Deliveries that ended `exhausted`. */
  readonly failedDeliveries: number;
  readonly warnedAt: Date | null;
  readonly lastSuccessAt: Date | null;
  readonly lastFailureAt: Date | null;
}

export type HealthEffect = "warn" | "pause" | "disable";

export interface HealthDecision {
  readonly after: EndpointHealth;
  /** At most one: who is stopped is not warned in the same breath. */
  readonly effect: HealthEffect | null;
}

export const UNTRIED: EndpointHealth = {
  failingSince: null,
  consecutiveFailures: 0,
  failedDeliveries: 0,
  warnedAt: null,
  lastSuccessAt: null,
  lastFailureAt: null,
};

export interface HealthInput {
  readonly before: EndpointHealth;
  readonly facts: HealthFacts;
  readonly rule: HealthRule;
  /** The endpoint's status now. */
  readonly status: "active" | "paused" | "disabled";
  readonly now: Date;
}

export function decideHealth({ before, facts, rule, status, now }: HealthInput): HealthDecision {
  const after = addFailures(addSuccess(before, facts.lastSuccessAt), facts.failures);
  if (facts.failures === null || after.consecutiveFailures === 0) return { after, effect: null };
  const stop = findStop(rule, status);
  if (stop !== null && isMet(stop, after, now)) {
    return {
      after: { ...after, warnedAt: after.warnedAt ?? now },
      effect: stop.becomes === "paused" ? "pause" : "disable",
    };
  }
  if (rule.warn !== null && status === "active" && after.warnedAt === null && isMet(rule.warn, after, now)) {
    return { after: { ...after, warnedAt: now }, effect: "warn" };
  }
  return { after, effect: null };
}

/** A success that is older than the first failure, recorded late by another node, clears nothing. */
function addSuccess(health: EndpointHealth, at: Date | null): EndpointHealth {
  if (at === null) return health;
  if (health.failingSince !== null && at < health.failingSince) {
    return { ...health, lastSuccessAt: latest(health.lastSuccessAt, at) };
  }
  return { ...UNTRIED, lastSuccessAt: latest(health.lastSuccessAt, at), lastFailureAt: health.lastFailureAt };
}

/** Failures older than a success that another node recorded first are remembered only by their time. */
function addFailures(health: EndpointHealth, failures: HealthFacts["failures"]): EndpointHealth {
  if (failures === null) return health;
  const { lastSuccessAt } = health;
  const lastFailureAt = latest(health.lastFailureAt, failures.lastAt);
  if (lastSuccessAt !== null && failures.lastAt <= lastSuccessAt) return { ...health, lastFailureAt };
  return {
    ...health,
    failingSince: earliest(health.failingSince, latest(lastSuccessAt, failures.firstAt)),
    consecutiveFailures: health.consecutiveFailures + failures.tries,
    failedDeliveries: health.failedDeliveries + failures.deliveries,
    lastFailureAt,
  };
}

/** A paused endpoint can still be disabled, a disabled one can only be left alone. */
function findStop(rule: HealthRule, status: HealthInput["status"]): HealthRule["stop"] {
  if (rule.stop === null || status === "disabled" || rule.stop.becomes === status) return null;
  return rule.stop;
}

function isMet(threshold: HealthThreshold, health: EndpointHealth, now: Date): boolean {
  return (
    health.failingSince !== null &&
    now.getTime() - health.failingSince.getTime() >= threshold.afterMs &&
    health.consecutiveFailures >= threshold.failedTries &&
    health.failedDeliveries >= threshold.failedDeliveries
  );
}

function latest(known: Date | null, other: Date): Date {
  return known !== null && known > other ? known : other;
}

function earliest(known: Date | null, other: Date): Date {
  return known !== null && known < other ? known : other;
}
