/**
 * Computes what an outage does to an endpoint's deliveries: when they are tried, which are given up, whether the
 * endpoint is stopped, what waits at the end and how long the drain takes. Pure, and no rule of its own: profile,
 * decider, health and pacing are those of the pipeline. What it does not know: the load of other endpoints, the pace
 * that a node learns of a receiver, and pauses of the server itself.
 */
import type { Forecast, Scenario, SimulatedExhaustion } from "../../core/simulations/scenario.ts";
import { rangeOfTries } from "./range-of-tries.ts";
import { Crowd, type CrowdResult } from "./crowd.ts";
import { type SimulatedRules, toSimulatedRules } from "./simulated-rules.ts";
import { Traffic } from "./traffic.ts";

/** Attempts that may be computed of what is made in the outage. */
const ATTEMPTS_MAX = 10_000;
const GROUPS_MIN = 100;
const GROUPS_MAX = 1_000;
/** Where in the outage the deliveries are made whose tries are listed. */
const SHARES = [0, 0.25, 0.5, 0.75, 1];
/** A drain that is over within this was held back by nothing. */
const AT_ONCE_MS = 1_000;

export function simulateOutage(scenario: Scenario, options: { readonly defaultMaxInFlight: number }): Forecast {
  const rules = toSimulatedRules(scenario, options.defaultMaxInFlight);
  const { startMs, endMs, waitsSeconds, profile } = rules;
  const capacity = capacityOf(rules);
  const { eventsPerSecond, waiting, outageMs } = scenario;
  const spanMs = waitsSeconds.reduce((sum, seconds) => sum + seconds * 1000, 0) * (1 + profile.jitter);
  const traffic = new Traffic({
    startMs,
    endMs,
    eventsPerSecond,
    capacityPerSecond: capacity,
    publishesAtStart: scenario.publishesAtStart,
    groupsMax: groupsOf(rules),
    afterMs: spanMs + (1000 * (countOf(waiting) + (eventsPerSecond * outageMs) / 1000)) / capacity,
  });
  const crowd = new Crowd(rules, { ...scenario, waiting: splitGroups(waiting) }, traffic).run();
  const points = outageMs === 0 ? [] : SHARES.map((share) => startMs + Math.floor(share * (outageMs - 1)));
  return {
    settings: {
      waitsSeconds,
      jitter: profile.jitter,
      timeoutMs: rules.timeoutMs,
      rateLimitPerSecond: rules.rateLimitPerSecond,
      maxInFlight: rules.maxInFlight,
      failedAttemptMs: rules.failedMs,
      failureClass: rules.failureClass,
    },
    deliveries: points.map((madeMs) => rangeOfTries(rules, madeMs)),
    made: Math.round(crowd.made),
    exhausted: sumExhausted(crowd),
    warnedAt: crowd.warnedAt,
    stopped: toStopped(crowd.stopped),
    missed: Math.round(crowd.missed),
    waitingAtEnd: Math.round(crowd.waitingAtEnd),
    overdueAtEnd: Math.round(crowd.overdueAtEnd),
    drain: toDrain(crowd, rules),
    capacityPerSecond: Number.isFinite(capacity) ? capacity : null,
    groupOf: traffic.groupOf,
  };
}

function capacityOf({ maxInFlight, answerMs, rateLimitPerSecond }: SimulatedRules): number {
  return Math.min(rateLimitPerSecond ?? Infinity, answerMs === 0 ? Infinity : (maxInFlight * 1000) / answerMs);
}

function groupsOf({ waitsSeconds, profile }: SimulatedRules): number {
  const attempts = waitsSeconds.length + 1 + (profile.retryAfter?.maxDeferrals ?? 0);
  return Math.min(GROUPS_MAX, Math.max(GROUPS_MIN, Math.floor(ATTEMPTS_MAX / attempts)));
}

function countOf(waiting: Scenario["waiting"]): number {
  return waiting.reduce((sum, { count }) => sum + count, 0);
}

/** So that what is due at once does not end at once. */
function splitGroups(waiting: Scenario["waiting"]): Scenario["waiting"] {
  const most = Math.max(1, countOf(waiting) / GROUPS_MAX);
  return waiting.flatMap((group) => {
    const parts = Math.max(1, Math.ceil(group.count / most));
    return Array.from({ length: parts }, () => ({ ...group, count: group.count / parts }));
  });
}

function sumExhausted({ exhausted, made }: CrowdResult): SimulatedExhaustion | null {
  if (exhausted.length === 0) return null;
  const count = exhausted.reduce((sum, group) => sum + group.count, 0);
  const extreme = (of: "min" | "max", times: readonly number[]): Date =>
    new Date(times.reduce((one, other) => Math[of](one, other)));
  const ended = exhausted.map(({ endedMs }) => endedMs);
  const madeAt = exhausted.map(({ madeMs }) => madeMs);
  return {
    count: Math.round(count),
    share: count / made,
    firstAt: extreme("min", ended),
    lastAt: extreme("max", ended),
    madeFrom: extreme("min", madeAt),
    madeUntil: extreme("max", madeAt),
  };
}

function toStopped(stopped: CrowdResult["stopped"]): Forecast["stopped"] {
  if (stopped === null) return null;
  const { atMs, cancelled, ...rest } = stopped;
  return { ...rest, at: new Date(atMs), cancelled: Math.round(cancelled) };
}

function toDrain({ caughtUpMs, drainedMs }: CrowdResult, rules: SimulatedRules): Forecast["drain"] {
  if (drainedMs === null) return null;
  const byCap = rules.answerMs === 0 ? Infinity : (rules.maxInFlight * 1000) / rules.answerMs;
  const limit = (rules.rateLimitPerSecond ?? Infinity) < byCap ? "rate_limit" : "in_flight_cap";
  return {
    caughtUpAt: caughtUpMs === null ? null : new Date(caughtUpMs),
    endsAt: new Date(drainedMs),
    limitedBy: (caughtUpMs ?? Infinity) - rules.endMs > AT_ONCE_MS ? limit : "schedule",
  };
}
