/**
 * Ends a first request with an Idempotency-Key. An answer is kept for repetitions, sealed: it may hold a secret. A
 * fault of ours is not kept, so that the caller's next try runs.
 */
import type { Queryable } from "../../db/database.ts";
import { dropIdempotentClaim } from "../../db/queries/drop-idempotent-claim.ts";
import { keepIdempotentAnswer } from "../../db/queries/keep-idempotent-answer.ts";
import type { KeyRing } from "../encryption/key-ring.ts";
import { answerIdentity, type KeptAnswer, type RequestClaim } from "./begin-request.ts";

const FIRST_FAULT_STATUS = 500;

export async function finishRequest({
  context,
  claim,
  answer,
}: {
  /** The database, or a verb's transaction in which its answer is to be kept. */
  readonly context: { readonly database: Queryable; readonly keyRing: KeyRing };
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
