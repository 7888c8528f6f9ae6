/**
 * Writes tokens of dialects that were sealed anew. A token never changes, so one that is gone is the only one to leave
 * alone; a row that somebody holds is passed over.
 */
import type { Queryable, Statement } from "../database.ts";

export interface ResealedDialectToken {
  readonly id: string;
  readonly sealed: Uint8Array;
  readonly encryptionKeyId: string;
}

const REPLACE_SEALED_DIALECT_TOKENS: Statement = {
  name: "replace-sealed-dialect-tokens",
  text: `
    with locked as materialized (
      select resealed.*
      from dialect_tokens
      join unnest($1::uuid[], $2::bytea[], $3::text[]) as resealed (id, sealed, key_id) using (id)
      for no key update of dialect_tokens skip locked
    )
    update dialect_tokens
    set sealed = locked.sealed, encryption_key_id = locked.key_id
    from locked
    where dialect_tokens.id = locked.id
    returning dialect_tokens.id`,
};

/** Resolves to how many were written. */
export async function replaceSealedDialectTokens(
  database: Queryable,
  resealed: readonly ResealedDialectToken[],
): Promise<number> {
  const rows = await database.query(REPLACE_SEALED_DIALECT_TOKENS, [
    resealed.map(({ id }) => id),
    resealed.map(({ sealed }) => sealed),
    resealed.map(({ encryptionKeyId }) => encryptionKeyId),
  ]);
  return rows.length;
}
