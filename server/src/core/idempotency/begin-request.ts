/**
 * Decides what a request with an Idempotency-Key is: the first (run it, then `finishRequest`), or a
 * repetition (answer as the first was answered). One that comes while the first runs, or with another body, is refused.
 * A first request whose process died is taken over after a minute. What makes something keeps its answer in its own
 * commit (keep-answer.ts), so that a verb which is run again had done nothing; the others find what they ask for done.
 * A body may hold a password. Its fingerprint is stored keyed, so that nobody guesses the one by the other from a copy
 * of the database.
 */
import { createHmac } from "node:crypto";

import { claimIdempotentAnswer } from "../../db/queries/claim-idempotent-answer.ts";
import { type IdempotentAnswerRow, selectIdempotentAnswer } from "../../db/queries/select-idempotent-answer.ts";
import type { CoreContext } from "../context.ts";
import type { KeyRing } from "../encryption/key-ring.ts";
import { CoreError } from "../errors/core-error.ts";

export type IdempotencyContext = Pick<CoreContext, "database" | "clock" | "keyRing">;

/** The place of a first request. `startedAt` fences it against whoever takes it over. */
export interface RequestClaim {
  readonly scope: string;
  readonly key: string;
  readonly startedAt: Date;
}

export interface KeptAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

export type BegunRequest =
  | { readonly kind: "first"; readonly claim: RequestClaim }
  | { readonly kind: "repeated"; readonly answer: KeptAnswer };

const FINGERPRINT_PURPOSE = "idempotency-fingerprint:1";
const KEPT_MS = 24 * 60 * 60 * 1000;
/** Above the longest a request may take, so that a slow one is not taken for dead. */
const TAKEOVER_MS = 60_000;
/** The row can vanish between the claim and the read, when the first request gives it up. */
const TRIES = 3;

/**
 * `scope` names the credential, method and path; `fingerprint` is the SHA-256 of the body's bytes.
 * Throws `idempotency_key_reused`, `idempotency_in_progress`, and KeyUnavailableError when the answer cannot be opened.
 */
export async function beginRequest({
  context,
  scope,
  key,
  fingerprint,
}: {
  readonly context: IdempotencyContext;
  readonly scope: string;
  readonly key: string;
  readonly fingerprint: Uint8Array;
}): Promise<BegunRequest> {
  const [current, ...earlier] = toKeyedFingerprints(context.keyRing, fingerprint);
  const sameBody = [current, ...earlier];
  for (let tries = 0; tries < TRIES; tries += 1) {
    const now = context.clock.now();
    const isFirst = await claimIdempotentAnswer(context.database, {
      scope,
      key,
      fingerprint: current,
      sameBody,
      now,
      expiresAt: new Date(now.getTime() + KEPT_MS),
      deadBefore: new Date(now.getTime() - TAKEOVER_MS),
    });
    if (isFirst) return { kind: "first", claim: { scope, key, startedAt: now } };

    const row = await selectIdempotentAnswer(context.database, { scope, key });
    if (row !== null) return { kind: "repeated", answer: openAnswer(context, { scope, key, sameBody }, row) };
  }
  throw requestInProgress();
}

/** What the answer of a key is sealed under. */
export function answerIdentity(scope: string, key: string): string {
  return `idempotent-answer:${scope}:${key}`;
}

function openAnswer(
  context: IdempotencyContext,
  request: { readonly scope: string; readonly key: string; readonly sameBody: readonly Uint8Array[] },
  row: IdempotentAnswerRow,
): KeptAnswer {
  // Opened first: without the key that made it no fingerprint is the same, whatever the body.
  const kept =
    row.status === null || row.sealed === null || row.encryption_key_id === null
      ? null
      : {
          status: row.status,
          headers: row.headers ?? {},
          body: context.keyRing.open(
            { keyId: row.encryption_key_id, bytes: row.sealed },
            answerIdentity(request.scope, request.key),
          ),
        };
  if (!request.sameBody.some((fingerprint) => Buffer.compare(row.fingerprint, fingerprint) === 0)) {
    throw new CoreError(
      "idempotency_key_reused",
      "This Idempotency-Key was used with another body. Use a new key for a new request.",
    );
  }
  if (kept === null) throw requestInProgress();
  return kept;
}

/** By the current key first, then by those that were current before. */
function toKeyedFingerprints(keyRing: KeyRing, fingerprint: Uint8Array): [Buffer, ...Buffer[]] {
  const by = (keyId: string): Buffer =>
    createHmac("sha256", keyRing.derive(keyId, FINGERPRINT_PURPOSE)).update(fingerprint).digest();
  const earlier = keyRing.keyIds.filter((keyId) => keyId !== keyRing.currentKeyId);
  return [by(keyRing.currentKeyId), ...earlier.map(by)];
}

export function requestInProgress(): CoreError {
  return new CoreError(
    "idempotency_in_progress",
    "The first request with this Idempotency-Key is still running. Try again in a moment.",
    { retryAfterSeconds: 1 },
  );
}
