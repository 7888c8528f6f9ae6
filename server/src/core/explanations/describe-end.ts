/** How a delivery ended, in words: with the cause and the advice of its last failure, or of what cancelled it. Pure. */
import { errorClasses } from "../attempts/error-class.ts";
import type { Delivery } from "../deliveries/delivery.ts";
import type { CancelReason } from "../deliveries/delivery-state.ts";

export interface EndInWords {
  readonly text: string;
  readonly cause: string | null;
  readonly advice: string | null;
}

/** A reason that is missing here does not compile. */
export const CANCEL_REASONS = {
  endpoint_disabled: {
    cause: "The endpoint was disabled while this waited.",
    advice: "Enable the endpoint, then resend.",
  },
  endpoint_deleted: { cause: "The endpoint was deleted while this waited.", advice: "Nothing: it cannot be sent." },
  tenant_deleted: { cause: "The tenant was deleted while this waited.", advice: "Nothing: it cannot be sent." },
  requested: { cause: "Somebody cancelled it.", advice: "Resend it if that was a mistake." },
  retention: {
    cause: "The retention of its event was over before it could be delivered.",
    advice:
      "Publish the event again; let the receiver be back, or the endpoint be resumed, before the retention is over.",
  },
  interrupted: { cause: "The server stopped before this probe was sent.", advice: "Start the probe again." },
} as const satisfies Record<CancelReason, { readonly cause: string; readonly advice: string }>;

export function describeEnd(
  delivery: Pick<Delivery, "state" | "reason" | "attemptCount" | "run" | "lastClass">,
  lastAttempt: { readonly decision: string } | null,
): EndInWords {
  const { state, reason, attemptCount, run, lastClass } = delivery;
  const tries = `after ${attemptCount} ${attemptCount === 1 ? "try" : "tries"} in run ${run}`;
  switch (state) {
    case "succeeded":
      return { text: `Succeeded ${tries}.`, cause: null, advice: null };
    case "exhausted": {
      const words = lastClass === null ? null : errorClasses[lastClass];
      const advice = words === null ? null : `${words.advice} Then resend it.`;
      return { text: `Given up ${tries}.`, cause: words?.cause ?? null, advice };
    }
    case "cancelled": {
      const words =
        reason !== null && Object.hasOwn(CANCEL_REASONS, reason) ? CANCEL_REASONS[reason as CancelReason] : null;
      const unsent = attemptCount === 0 && lastAttempt === null ? "before it was ever sent" : tries;
      return { text: `Cancelled ${unsent} (${reason}).`, cause: words?.cause ?? null, advice: words?.advice ?? null };
    }
    case "pending":
    case "in_flight":
      return { text: "It has not ended.", cause: null, advice: null };
  }
}
