/** The decide stage: gives decide-next.ts what it asks of the exchange, the endpoint and its profile (pure). */
import type { Classification } from "../deliver/classify-exchange.ts";
import type { Exchange } from "../deliver/exchange.ts";
import type { HeldDelivery } from "../held-delivery.ts";
import type { Target } from "../load/target.ts";
import { type Decision, decideNext, type FinishedAttempt } from "./decide-next.ts";
import type { RetryCrowds } from "./retry-crowds.ts";

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
  readonly crowds: RetryCrowds;
}): Decision {
  const { delivery, target, exchange, endedAt, crowds } = input;
  const attempt: FinishedAttempt = {
    profile: target.profile,
    waitsSeconds: target.retryWaits ?? target.profile.waitsSeconds,
    source: delivery.source,
    attempts: delivery.attempts,
    deferrals: delivery.deferrals,
    class: input.classification.class,
    status: exchange.answer?.status ?? null,
    retryAfter: exchange.answer?.headers.find(([name]) => name === "retry-after")?.[1] ?? null,
    endpoint: input.status,
    now: endedAt,
    random: input.random,
  };
  return decideNext(attempt, (waitMs) =>
    crowds.place({
      endpointId: delivery.endpointId,
      isFirst: delivery.attempts === 0,
      nowMs: endedAt.getTime(),
      waitMs,
    }),
  );
}
