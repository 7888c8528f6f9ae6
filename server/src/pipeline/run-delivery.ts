/**
 * The spine: what happens to one leased delivery, step by step. Every path ends in a record; nothing is left without
 * a decision.
 *
 *   load → sign → deliver → decide → record
 */
import { classifyExchange } from "./deliver/classify-exchange.ts";
import type { Courier } from "./deliver/deliver.ts";
import type { HeldDelivery } from "./held-delivery.ts";
import { decideStart } from "./load/decide-start.ts";
import type { TargetLoader } from "./load/load-target.ts";
import type { FinishedAttempt } from "./record/finished-attempt.ts";
import type { RecordOutcome } from "./record/recorder.ts";
import { toFinishedAttempt } from "./record/to-finished-attempt.ts";
import { decideAfterAttempt } from "./retry/decide-after-attempt.ts";
import { signDelivery } from "./sign/sign-delivery.ts";

export interface Stages {
  readonly now: () => Date;
  readonly random: () => number;
  /** Of this server, for `user-agent`. */
  readonly version: string;
  readonly loader: TargetLoader;
  readonly courier: Pick<Courier, "deliver">;
  readonly record: (finished: FinishedAttempt) => Promise<RecordOutcome>;
}

/** Rejects only when the endpoint cannot be read; the lease then ends by itself. */
export async function runDelivery(stages: Stages, delivery: HeldDelivery): Promise<RecordOutcome> {
  const loaded = await stages.loader.find(delivery);
  const start = decideStart(delivery, loaded, stages.now());
  if (start.kind === "settled") return stages.record(start.finished);

  const { target } = start;
  const signed = signDelivery({ delivery, target, nowMs: stages.now().getTime(), version: stages.version });
  const exchange = await stages.courier.deliver({
    url: target.url,
    authorization: target.authorization,
    headers: signed.headers,
    body: signed.body,
    timeoutMs: target.timeoutMs ?? target.profile.timeoutMs,
    verifyTls: target.verifyTls,
  });
  const classification = classifyExchange(exchange);
  const status = classification.class === null ? target.status : await stages.loader.findStatus(target);
  const endedAt = stages.now();
  const decision = decideAfterAttempt({
    delivery,
    target,
    exchange,
    classification,
    status,
    endedAt,
    random: stages.random(),
  });
  return stages.record(toFinishedAttempt({ delivery, target, signed, exchange, classification, decision, endedAt }));
}
