/**
 * Decides what follows an attempt, and says why in words that stand on the attempt. Pure: time and chance are given.
 * First match wins:
 *
 *   accepted                                  → finish
 *   a test or probe failed                    → give_up (they never repeat)
 *   endpoint deleted or disabled meanwhile    → cancel
 *   the secrets' key is not available         → hold (no request left: no attempt is written, nothing is spent)
 *   the address is forbidden                  → give_up (the receiver is not at fault)
 *   410, where the profile obeys it           → give_up, and the endpoint is disabled
 *   Retry-After on a status that may ask      → defer (no try spent, the whole endpoint waits)
 *   tries are left                            → retry
 *   none is left                              → give_up
 *
 * A paused endpoint changes nothing here: what waits of it is not claimed before it is resumed.
 */
import type { CancelReason } from "../../core/deliveries/delivery-state.ts";
import type { Profile } from "../../profiles/profile.ts";
import type { ErrorClass } from "../../core/attempts/error-class.ts";
import { describeDuration } from "./describe-duration.ts";
import { parseRetryAfter } from "./parse-retry-after.ts";

export type DeliverySource = "publish" | "resend" | "test" | "probe" | "operational";

export interface FinishedAttempt {
  readonly profile: Pick<Profile, "jitter" | "gone" | "retryAfter">;
  /** The endpoint's own waits, else the profile's. */
  readonly waitsSeconds: readonly number[];
  readonly source: DeliverySource;
  /** Tries spent and deferrals taken in this run before this attempt. */
  readonly attempts: number;
  readonly deferrals: number;
  /** Null when the receiver accepted. */
  readonly class: ErrorClass | null;
  /** Of the answer; null where there was none. */
  readonly status: number | null;
  /** The answer's `Retry-After`, null where absent. */
  readonly retryAfter: string | null;
  /** As it is now, not as it was when the request left. */
  readonly endpoint: "active" | "paused" | "disabled" | "deleted";
  /** When the attempt ended: waits are counted from here. */
  readonly now: Date;
  /** From 0 to below 1, drawn for this decision. */
  readonly random: number;
}

export type Decision = {
  /** One or two sentences for people; holds no value of the request or the answer but the status. */
  readonly reason: string;
  /** Tries spent and deferrals taken in this run after it; their sum is the attempt's number, but after a hold. */
  readonly attempts: number;
  readonly deferrals: number;
  /** Set when the endpoint is to be disabled for this answer. */
  readonly disable: "gone" | null;
} & (
  | { readonly kind: "finish"; readonly nextState: "succeeded" }
  | { readonly kind: "retry"; readonly nextState: "pending"; readonly at: Date }
  | {
      readonly kind: "defer" | "hold";
      readonly nextState: "pending";
      readonly at: Date;
      /** Nothing else of the endpoint is claimed before. */
      readonly parkEndpointUntil: Date;
    }
  | { readonly kind: "give_up"; readonly nextState: "exhausted" }
  | { readonly kind: "cancel"; readonly nextState: "cancelled"; readonly cause: CancelReason }
);

/** Short enough that deliveries go soon after an operator restores the key, long enough to cost nothing until then. */
const HOLD_MS = 60_000;

/**
 * Given the milliseconds until a retry by its schedule, says when it comes: then, or later where many retries of its
 * endpoint are due at that time.
 */
export type KeepApart = (waitMs: number) => number;

const NO_CROWD: KeepApart = (waitMs) => waitMs;

/** Only retries of profiles with jitter are kept apart: the others promise exact times. */
export function decideNext(attempt: FinishedAttempt, keepApart: KeepApart = NO_CROWD): Decision {
  const { profile, endpoint, status, attempts, deferrals } = attempt;
  const failed = attempt.class;
  const spent = { attempts: attempts + 1, deferrals, disable: null };

  if (failed === null) {
    return { ...spent, kind: "finish", nextState: "succeeded", reason: `The receiver accepted with ${status}.` };
  }
  const tries = attempt.waitsSeconds.length + 1;
  const what = `Try ${attempts + 1} of ${tries} failed (${status === null ? failed : `${failed}, ${status}`}).`;

  if (attempt.source === "test" || attempt.source === "probe") {
    const reason = `The ${attempt.source} failed (${failed}); a ${attempt.source} is sent only once.`;
    return { ...spent, kind: "give_up", nextState: "exhausted", reason };
  }
  if (endpoint === "deleted" || endpoint === "disabled") {
    const reason = `${what} The endpoint has been ${endpoint} meanwhile.`;
    return { ...spent, kind: "cancel", nextState: "cancelled", cause: `endpoint_${endpoint}`, reason };
  }
  if (failed === "key_unavailable") return hold(attempt);
  if (failed === "blocked_address") {
    const reason =
      "The endpoint's URL leads to a forbidden address; no request left, and trying again changes nothing.";
    return { ...spent, kind: "give_up", nextState: "exhausted", reason };
  }
  if (status === 410 && profile.gone === "disable") {
    const counts = countsForEndpoint(attempt.source);
    const reason = `The receiver answered 410 Gone${counts ? ", so its endpoint is disabled" : ""}.`;
    return { ...spent, kind: "give_up", nextState: "exhausted", reason, disable: counts ? "gone" : null };
  }
  const deferral = decideDeferral(attempt);
  if (deferral !== null) return deferral;

  const waitSeconds = attempt.waitsSeconds[attempts];
  if (waitSeconds === undefined) {
    return { ...spent, kind: "give_up", nextState: "exhausted", reason: `${what} No try is left.` };
  }
  const scheduledMs = Math.round(waitSeconds * 1000 * (1 + profile.jitter * (2 * attempt.random - 1)));
  const waitMs = profile.jitter === 0 ? scheduledMs : keepApart(scheduledMs);
  const paused = endpoint === "paused" ? ", once the endpoint is resumed" : "";
  const moved =
    waitMs === scheduledMs
      ? ""
      : `, ${describeDuration(waitMs - scheduledMs)} later than scheduled: many of this endpoint are due then`;
  const reason = `${what} The next follows in ${describeDuration(waitMs)}${paused}${moved}.`;
  return { ...spent, kind: "retry", nextState: "pending", at: after(attempt.now, waitMs), reason };
}

/** Only what publishers sent counts for statistics, health and the endpoint's status. */
export function countsForEndpoint(source: DeliverySource): boolean {
  return source === "publish" || source === "resend";
}

function hold({ now, attempts, deferrals }: FinishedAttempt): Decision {
  const at = after(now, HOLD_MS);
  const reason =
    "The key that encrypts this endpoint's secrets is not available, so nothing was sent and no try is spent.";
  return { kind: "hold", nextState: "pending", at, parkEndpointUntil: at, attempts, deferrals, disable: null, reason };
}

/** Null when the answer asks for no time, may not ask for any, or has asked too often. */
function decideDeferral(attempt: FinishedAttempt): Decision | null {
  const { status, attempts, deferrals } = attempt;
  const rule = attempt.profile.retryAfter;
  if (rule === null || status === null || !rule.statuses.includes(status) || attempt.retryAfter === null) return null;
  if (deferrals >= rule.maxDeferrals) return null;
  const askedMs = parseRetryAfter(attempt.retryAfter, attempt.now);
  if (askedMs === null) return null;
  const waitMs = Math.min(Math.max(askedMs, rule.minMs), rule.maxMs);
  const at = after(attempt.now, waitMs);
  return {
    kind: "defer",
    nextState: "pending",
    at,
    parkEndpointUntil: at,
    attempts,
    deferrals: deferrals + 1,
    disable: null,
    reason:
      `The receiver answered ${status} and asked for time with Retry-After: the endpoint waits ` +
      `${describeDuration(waitMs)}. No try is spent (deferral ${deferrals + 1} of ${rule.maxDeferrals}).`,
  };
}

function after(now: Date, ms: number): Date {
  return new Date(now.getTime() + ms);
}
