/** The record of a delivery for which no request was made: it waits on, or ends; no try is spent (pure). */
import type { HeldDelivery } from "../held-delivery.ts";
import type { FinishedAttempt, NextStep } from "./finished-attempt.ts";

export function withoutAttempt(
  delivery: HeldDelivery,
  next: NextStep,
  now: Date,
  heldClass: "key_unavailable" | null = null,
): FinishedAttempt {
  return {
    delivery,
    next,
    attempts: delivery.attempts,
    deferrals: delivery.deferrals,
    attempt: null,
    heldClass,
    health: { source: delivery.source, class: heldClass, decision: "hold", endedAt: now },
    disable: null,
  };
}
