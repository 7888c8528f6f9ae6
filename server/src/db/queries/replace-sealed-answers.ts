/**
 * Writes kept answers that were sealed anew. A key that was taken by another request since, or is gone, is left alone;
 * a row that somebody holds is passed over.
 */
import type { Queryable, Statement } from "../database.ts";

export interface ResealedAnswer {
  readonly scope: string;
  readonly key: string;
  /** Of the request whose answer it is. */
  readonly createdAt: Date;
  readonly sealed: Uint8Array;
  readonly encryptionKeyId: string;
  readonly oldKeyId: string;
}

const REPLACE_SEALED_ANSWERS: Statement = {
  name: "replace-sealed-answers",
  text: `
    with resealed as materialized (
      select *
      from unnest($1::text[], $2::text[], $3::timestamptz[], $4::bytea[], $5::text[], $6::text[])
        as resealed (scope, key, created_at, sealed, key_id, old_key_id)
    ),
    locked as materialized (
      select resealed.*
      from idempotent_answers join resealed using (scope, key, created_at)
      where idempotent_answers.encryption_key_id = resealed.old_key_id
      for no key update of idempotent_answers skip locked
    )
    update idempotent_answers
    set sealed = locked.sealed, encryption_key_id = locked.key_id
    from locked
    where idempotent_answers.scope = locked.scope and idempotent_answers.key = locked.key
    returning idempotent_answers.key`,
};

/** Resolves to how many were written. */
export async function replaceSealedAnswers(database: Queryable, resealed: readonly ResealedAnswer[]): Promise<number> {
  const rows = await database.query(REPLACE_SEALED_ANSWERS, [
    resealed.map((answer) => answer.scope),
    resealed.map((answer) => answer.key),
    resealed.map((answer) => answer.createdAt),
    resealed.map((answer) => answer.sealed),
    resealed.map((answer) => answer.encryptionKeyId),
    resealed.map((answer) => answer.oldKeyId),
  ]);
  return rows.length;
}
