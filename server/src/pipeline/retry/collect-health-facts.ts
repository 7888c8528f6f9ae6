/**
 * Sums up what a batch of finished attempts says about one endpoint's health: the last success, and the failures after
 * it. Only what publishers sent counts, and only what the receiver had a part in: a forbidden address, a missing key
 * or a fault of this server says nothing about it, and a receiver that asked for time has not failed.
 */
import type { ErrorClass } from "../../core/attempts/error-class.ts";
import { countsForEndpoint } from "./decide-next.ts";
import type { Decision, DeliverySource } from "./decide-next.ts";

export interface HealthEntry {
  readonly source: DeliverySource;
  /** Null when the receiver accepted. */
  readonly class: ErrorClass | null;
  readonly decision: Decision["kind"];
  readonly endedAt: Date;
}

export interface HealthFacts {
  readonly lastSuccessAt: Date | null;
  /** Failures after the last success, null when there are none. */
  readonly failures: {
    readonly firstAt: Date;
    readonly lastAt: Date;
    readonly tries: number;
    /** Deliveries that ended `exhausted`. */
    readonly deliveries: number;
  } | null;
}

/** Null when nothing in the batch counts; the entries may stand in any order. */
export function collectHealthFacts(entries: readonly HealthEntry[]): HealthFacts | null {
  const counted = entries.filter(countsForHealth);
  if (counted.length === 0) return null;
  const successes = counted.filter((entry) => entry.class === null).map(({ endedAt }) => endedAt.getTime());
  const lastSuccess = successes.reduce((last, time) => Math.max(last, time), -Infinity);
  const failures = counted.filter((entry) => entry.class !== null && entry.endedAt.getTime() > lastSuccess);
  const times = failures.map(({ endedAt }) => endedAt.getTime());
  return {
    lastSuccessAt: successes.length === 0 ? null : new Date(lastSuccess),
    failures:
      failures.length === 0
        ? null
        : {
            firstAt: new Date(times.reduce((first, time) => Math.min(first, time), Infinity)),
            lastAt: new Date(times.reduce((last, time) => Math.max(last, time), -Infinity)),
            tries: failures.length,
            deliveries: failures.filter(({ decision }) => decision === "give_up").length,
          },
  };
}

/** What the receiver has no part in. */
const IS_OURS: ReadonlySet<ErrorClass> = new Set([
  "blocked_address",
  "key_unavailable",
  "payload_key_missing",
  "internal_error",
]);

/** Whether an attempt says anything of its endpoint's health. */
export function countsForHealth({ source, class: failed, decision }: HealthEntry): boolean {
  if (!countsForEndpoint(source) || decision === "defer" || decision === "hold") return false;
  return failed === null || !IS_OURS.has(failed);
}
