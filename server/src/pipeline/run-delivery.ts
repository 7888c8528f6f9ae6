/**
 * The spine: what happens to one leased delivery, step by step. Every path ends in a record; nothing is left without
 * a decision.
 *
 *   load → sign → deliver → decide → record
 */
import { classifyExchange } from "./deliver/classify-exchange.ts";
import type { Courier } from "./deliver/deliver.ts";
import type { Exchange } from "./deliver/exchange.ts";
import { leaveUnsent } from "./deliver/leave-unsent.ts";
import type { HeldDelivery } from "./held-delivery.ts";
import { decideStart } from "./load/decide-start.ts";
import type { TargetLoader } from "./load/load-target.ts";
import type { Target } from "./load/target.ts";
import type { FinishedAttempt } from "./record/finished-attempt.ts";
import type { RecordOutcome } from "./record/recorder.ts";
import { toFinishedAttempt } from "./record/to-finished-attempt.ts";
import { decideAfterAttempt } from "./retry/decide-after-attempt.ts";
import type { RetryCrowds } from "./retry/retry-crowds.ts";
import { signDelivery } from "./sign/sign-delivery.ts";
import type { SignedRequest } from "./sign/signed-request.ts";

export interface Stages {
  readonly now: () => Date;
  readonly random: () => number;
  readonly crowds: RetryCrowds;
  /** Of this server, for `user-agent`. */
  readonly version: string;
  readonly loader: TargetLoader;
  readonly courier: Pick<Courier, "deliver">;
  readonly record: (finished: FinishedAttempt) => Promise<RecordOutcome>;
}

/** Below a second, which is the shortest overlap of a rotation. */
const KNOWN_FOR_MS = 500;
/** Where the database always answers later than that, deliveries go on. */
const ASKED_AGAIN_MAX = 2;

/** Rejects only when the endpoint cannot be read; the lease then ends by itself. */
export async function runDelivery(stages: Stages, delivery: HeldDelivery): Promise<RecordOutcome> {
  let askedAt = performance.now();
  let loaded = await stages.loader.find(delivery);
  // A process that was stopped meanwhile knows an endpoint of then: its secrets may have been rotated and ended since.
  for (let again = 0; performance.now() - askedAt > KNOWN_FOR_MS && again < ASKED_AGAIN_MAX; again += 1) {
    askedAt = performance.now();
    loaded = await stages.loader.find(delivery);
  }
  const start = decideStart(delivery, loaded, stages.now());
  if (start.kind === "settled") return stages.record(start.finished);

  const { target } = start;
  const signed = signDelivery({ delivery, target, nowMs: stages.now().getTime(), version: stages.version });
  const exchange =
    signed.obstacle === null ? await send(stages, target, signed) : leaveUnsent(signed.obstacle, stages.now());
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
    crowds: stages.crowds,
  });
  return stages.record(toFinishedAttempt({ delivery, target, signed, exchange, classification, decision, endedAt }));
}

function send({ courier }: Stages, target: Target, signed: SignedRequest): Promise<Exchange> {
  return courier.deliver({
    url: target.url,
    authorization: target.authorization,
    headers: signed.headers,
    body: signed.body,
    timeoutMs: target.timeoutMs ?? target.profile.timeoutMs,
    verifyTls: target.verifyTls,
  });
}
