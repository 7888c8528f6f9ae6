/** Reads what is kept for an Idempotency-Key; `status` is null while the first request runs. */
import type { Queryable, Statement } from "../database.ts";

export interface IdempotentAnswerRow {
  readonly fingerprint: Uint8Array;
  readonly status: number | null;
  readonly headers: Readonly<Record<string, string>> | null;
  readonly sealed: Uint8Array | null;
  readonly encryption_key_id: string | null;
}

const SELECT_IDEMPOTENT_ANSWER: Statement = {
  name: "select-idempotent-answer",
  text: `
    select fingerprint, status, headers, sealed, encryption_key_id
    from idempotent_answers
    where scope = $1::text and key = $2::text`,
};

export async function selectIdempotentAnswer(
  database: Queryable,
  by: { readonly scope: string; readonly key: string },
): Promise<IdempotentAnswerRow | null> {
  const rows = await database.query<IdempotentAnswerRow>(SELECT_IDEMPOTENT_ANSWER, [by.scope, by.key]);
  return rows[0] ?? null;
}
