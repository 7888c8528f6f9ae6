/** Reads secret versions that are sealed with another key than the current one, in the order of their primary key. */
import type { Queryable, Statement } from "../database.ts";

export interface StaleSecretRow {
  readonly endpoint_id: string;
  readonly number: number;
  readonly sealed: Uint8Array;
  readonly encryption_key_id: string;
}

const LIST_STALE_SECRETS: Statement = {
  name: "list-stale-secrets",
  text: `
    select endpoint_id, number, sealed, encryption_key_id
    from secret_versions
    where encryption_key_id <> $1::text
      and ($2::uuid is null or (endpoint_id, number) > ($2::uuid, $3::integer))
    order by endpoint_id, number
    limit $4::integer`,
};

export function listStaleSecrets(
  database: Queryable,
  page: {
    readonly currentKeyId: string;
    readonly after: { readonly endpoint_id: string; readonly number: number } | null;
    readonly limit: number;
  },
): Promise<StaleSecretRow[]> {
  const { currentKeyId, after, limit } = page;
  return database.query(LIST_STALE_SECRETS, [currentKeyId, after?.endpoint_id ?? null, after?.number ?? null, limit]);
}
