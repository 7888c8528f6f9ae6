/** Reads tokens of dialects that are not sealed with the current key, in the order of their ids. */
import type { Queryable, Statement } from "../database.ts";

export interface StaleDialectTokenRow {
  readonly id: string;
  readonly sealed: Uint8Array;
  readonly encryption_key_id: string;
}

const LIST_STALE_DIALECT_TOKENS: Statement = {
  name: "list-stale-dialect-tokens",
  text: `
    select id, sealed, encryption_key_id
    from dialect_tokens
    where encryption_key_id <> $1::text and ($2::uuid is null or id > $2::uuid)
    order by id
    limit $3::integer`,
};

export function listStaleDialectTokens(
  database: Queryable,
  page: { readonly currentKeyId: string; readonly after: string | null; readonly limit: number },
): Promise<StaleDialectTokenRow[]> {
  return database.query(LIST_STALE_DIALECT_TOKENS, [page.currentKeyId, page.after, page.limit]);
}
