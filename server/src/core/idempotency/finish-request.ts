/**
 * Ends a first request with an Idempotency-Key. An answer is kept for repetitions, sealed: it may hold a secret. A
 * fault of ours is not kept, so that the caller's next try runs. In a verb's transaction the kept answer is the verb's
 * right to commit: one that was so slow that another request took its place ends without having done anything.
 */
import type { Queryable } from "../../db/database.ts";
import { dropIdempotentClaim } from "../../db/queries/drop-idempotent-claim.ts";
import { keepIdempotentAnswer } from "../../db/queries/keep-idempotent-answer.ts";
import type { KeyRing } from "../encryption/key-ring.ts";
import { answerIdentity, type KeptAnswer, type RequestClaim, requestInProgress } from "./begin-request.ts";

interface RequestToFinish {
  readonly context: { readonly database: Queryable; readonly keyRing: KeyRing };
  readonly claim: RequestClaim;
  readonly answer: KeptAnswer;
}

const FIRST_FAULT_STATUS = 500;

/** After the verb: what it did is done, whether or not its answer can be kept. */
export async function finishRequest(request: RequestToFinish): Promise<void> {
  if (request.answer.status >= FIRST_FAULT_STATUS) {
    await dropIdempotentClaim(request.context.database, request.claim);
  } else {
    await keep(request);
  }
}

/** In the verb's transaction, which is the context's database. Throws `idempotency_in_progress` for one taken over. */
export async function finishInCommit(request: RequestToFinish): Promise<void> {
  if (!(await keep(request))) throw requestInProgress();
}

async function keep({ context, claim, answer }: RequestToFinish): Promise<boolean> {
  const sealed = context.keyRing.seal(answer.body, answerIdentity(claim.scope, claim.key));
  return keepIdempotentAnswer(context.database, {
    ...claim,
    status: answer.status,
    headers: answer.headers,
    sealed: sealed.bytes,
    encryptionKeyId: sealed.keyId,
  });
}
