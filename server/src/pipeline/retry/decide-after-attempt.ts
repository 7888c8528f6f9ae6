/** The decide stage: gives decide-next.ts what it asks of the exchange, the endpoint and its profile (pure). */
import type { Classification } from "../deliver/classify-exchange.ts";
import type { Exchange } from "../deliver/exchange.ts";
import type { HeldDelivery } from "../held-delivery.ts";
import type { Target } from "../load/target.ts";
import { type Decision, decideNext } from "./decide-next.ts";

export function decideAfterAttempt(input: {
  readonly delivery: HeldDelivery;
  readonly target: Target;
  readonly exchange: Exchange;
  readonly classification: Classification;
  /** The endpoint's status now. */
  readonly status: Target["status"];
  readonly endedAt: Date;
  /** From 0 to below 1. */
  readonly random: number;
}): Decision {
  const { delivery, target, exchange } = input;
  return decideNext({
    profile: target.profile,
    waitsSeconds: target.retryWaits ?? target.profile.waitsSeconds,
    source: delivery.source,
    attempts: delivery.attempts,
    deferrals: delivery.deferrals,
    class: input.classification.class,
    status: exchange.answer?.status ?? null,
    retryAfter: exchange.answer?.headers.find(([name]) => name === "retry-after")?.[1] ?? null,
    endpoint: input.status,
    now: input.endedAt,
    random: input.random,
  });
}
