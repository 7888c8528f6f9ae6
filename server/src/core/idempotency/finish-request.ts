/**
 * Ends a first request with an Idempotency-Key. An answer is kept for repetitions, sealed: it may hold a secret. A
 * fault of ours is not kept, so that the caller's next try runs.
 */
import { dropIdempotentClaim } from "../../db/queries/drop-idempotent-claim.ts";
import { keepIdempotentAnswer } from "../../db/queries/keep-idempotent-answer.ts";
import { answerIdentity, type IdempotencyContext, type KeptAnswer, type RequestClaim } from "./begin-request.ts";

const FIRST_FAULT_STATUS = 500;

export async function finishRequest({
  context,
  claim,
  answer,
}: {
  readonly context: IdempotencyContext;
  readonly claim: RequestClaim;
  readonly answer: KeptAnswer;
}): Promise<void> {
  if (answer.status >= FIRST_FAULT_STATUS) return dropIdempotentClaim(context.database, claim);
  const sealed = context.keyRing.seal(answer.body, answerIdentity(claim.scope, claim.key));
  await keepIdempotentAnswer(context.database, {
    ...claim,
    status: answer.status,
    headers: answer.headers,
    sealed: sealed.bytes,
    encryptionKeyId: sealed.keyId,
  });
}
