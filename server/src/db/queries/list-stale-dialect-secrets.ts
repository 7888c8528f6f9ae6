/** Reads dialect secrets that are not sealed with the current key, in the order of their primary key. */
import type { Queryable, Statement } from "../database.ts";

export interface StaleDialectSecretRow {
  readonly tenant_id: string;
  readonly dialect: string;
  readonly secret: Uint8Array;
  readonly encryption_key_id: string;
}

const LIST_STALE_DIALECT_SECRETS: Statement = {
  name: "list-stale-dialect-secrets",
  text: `
    select tenant_id, dialect, secret, encryption_key_id
    from tenant_dialects
    where encryption_key_id <> $1::text
      and ($2::uuid is null or (tenant_id, dialect) > ($2::uuid, $3::text))
    order by tenant_id, dialect
    limit $4::integer`,
};

export function listStaleDialectSecrets(
  database: Queryable,
  page: {
    readonly currentKeyId: string;
    readonly after: { readonly tenant_id: string; readonly dialect: string } | null;
    readonly limit: number;
  },
): Promise<StaleDialectSecretRow[]> {
  const { currentKeyId, after, limit } = page;
  return database.query(LIST_STALE_DIALECT_SECRETS, [
    currentKeyId,
    after?.tenant_id ?? null,
    after?.dialect ?? null,
    limit,
  ]);
}
