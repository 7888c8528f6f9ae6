/** Keeps the answer of a first request, unless another has taken its place since: `started_at` is the fence. */
import type { Queryable, Statement } from "../database.ts";

const KEEP_IDEMPOTENT_ANSWER: Statement = {
  name: "keep-idempotent-answer",
  text: `
    update idempotent_answers
    set status = $4::integer, headers = $5::jsonb, sealed = $6::bytea, encryption_key_id = $7::text
    where scope = $1::text and key = $2::text and created_at = $3::timestamptz and status is null
    returning scope`,
};

/** Whether it is kept. */
export async function keepIdempotentAnswer(
  database: Queryable,
  answer: {
    readonly scope: string;
    readonly key: string;
    readonly startedAt: Date;
    readonly status: number;
    readonly headers: Readonly<Record<string, string>>;
    readonly sealed: Uint8Array;
    readonly encryptionKeyId: string;
  },
): Promise<boolean> {
  const rows = await database.query(KEEP_IDEMPOTENT_ANSWER, [
    answer.scope,
    answer.key,
    answer.startedAt,
    answer.status,
    JSON.stringify(answer.headers),
    answer.sealed,
    answer.encryptionKeyId,
  ]);
  return rows.length > 0;
}
