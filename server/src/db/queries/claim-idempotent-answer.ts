/**
 * Takes the place of the first request with an Idempotency-Key: as a new row, over an answer that has expired, or over
 * a first request with the same body that began so long ago that its process must have died. The primary key decides
 * between two at once.
 */
import type { Queryable, Statement } from "../database.ts";

const CLAIM_IDEMPOTENT_ANSWER: Statement = {
  name: "claim-idempotent-answer",
  text: `
    insert into idempotent_answers as answer (scope, key, fingerprint, created_at, expires_at)
    values ($1::text, $2::text, $3::bytea, $4::timestamptz, $5::timestamptz)
    on conflict (scope, key) do update
    set fingerprint = excluded.fingerprint,
        status = null,
        headers = null,
        sealed = null,
        encryption_key_id = null,
        created_at = excluded.created_at,
        expires_at = excluded.expires_at
    where answer.expires_at <= $4::timestamptz
       or (answer.status is null
           and answer.created_at <= $6::timestamptz
           and encode(answer.fingerprint, 'hex') = any($7::text[]))
    returning scope`,
};

/** Whether the caller is the first now. */
export async function claimIdempotentAnswer(
  database: Queryable,
  claim: {
    readonly scope: string;
    readonly key: string;
    readonly fingerprint: Uint8Array;
    /** What the fingerprint of the same body may be: it depends on which key was current. */
    readonly sameBody: readonly Uint8Array[];
    readonly now: Date;
    readonly expiresAt: Date;
    /** A request that began at or before this and has no answer is dead. */
    readonly deadBefore: Date;
  },
): Promise<boolean> {
  const { scope, key, fingerprint, sameBody, now, expiresAt, deadBefore } = claim;
  const rows = await database.query(CLAIM_IDEMPOTENT_ANSWER, [
    scope,
    key,
    fingerprint,
    now,
    expiresAt,
    deadBefore,
    sameBody.map((one) => Buffer.from(one).toString("hex")),
  ]);
  return rows.length > 0;
}
