/** What came of a delivery that an event made, as the explanation of its endpoint (pure). Always recorded. */
import type { Delivery } from "../deliveries/delivery.ts";
import type { CancelReason } from "../deliveries/delivery-state.ts";
import { errorClasses } from "../attempts/error-class.ts";
import { describeEnd } from "./describe-end.ts";
import type { EventVerdict, NotSentReason } from "./event-reason.ts";
import type { Certainty } from "./settings-then.ts";
import type { Standing, StandingCode } from "./standing.ts";

export interface ExplainedEndpoint {
  /** The endpoint's UUID. */
  readonly endpointId: string;
  readonly verdict: EventVerdict;
  /** Stable; `accepted` and `tries_exhausted` of what has ended, the standing's code of what has not. */
  readonly reason: NotSentReason | StandingCode | CancelReason | "accepted" | "tries_exhausted";
  readonly certainty: Certainty;
  readonly text: string;
  /** Of the last failed attempt. */
  readonly cause: string | null;
  readonly advice: string | null;
  /** When what is the reason came to be. */
  readonly at: Date | null;
  readonly delivery: Delivery | null;
}

export function describeSent(delivery: Delivery, standing: Standing | null): ExplainedEndpoint {
  const { state, finishedAt, lastClass } = delivery;
  const shared = { endpointId: delivery.endpointId, certainty: "recorded", delivery } as const;
  if (state === "pending" || state === "in_flight") {
    const failed = lastClass === null ? null : errorClasses[lastClass];
    const words = standing ?? { code: "in_flight" as const, text: "It is on its way now.", advice: null };
    const at = delivery.lastAttemptAt ?? delivery.createdAt;
    const advice = words.advice ?? failed?.advice ?? null;
    return {
      ...shared,
      verdict: "in_progress",
      reason: words.code,
      text: words.text,
      cause: failed?.cause ?? null,
      advice,
      at,
    };
  }
  const end = describeEnd(delivery, null);
  switch (state) {
    case "succeeded":
      return { ...shared, ...end, verdict: "delivered", reason: "accepted", at: finishedAt };
    case "exhausted":
      return { ...shared, ...end, verdict: "failed", reason: "tries_exhausted", at: finishedAt };
    case "cancelled":
      // Only the moves of delivery-state.ts write it, from this list.
      return { ...shared, ...end, verdict: "cancelled", reason: delivery.reason as CancelReason, at: finishedAt };
  }
}
