/** Adds an API key to a tenant that is not deleted. */
import type { Queryable, Statement } from "../database.ts";

export interface ApiKeyRow {
  readonly id: string;
  readonly tenant_id: string;
  readonly name: string;
  readonly hint: string;
  readonly scopes: readonly string[];
  readonly created_at: Date;
  readonly expires_at: Date | null;
  readonly last_used_at: Date | null;
}

const INSERT_API_KEY: Statement = {
  name: "insert-api-key",
  text: `
    insert into api_keys (id, tenant_id, name, hash, hint, scopes, created_at, expires_at)
    select $1::uuid, tenants.id, $3::text, $4::bytea, $5::text, $6::text[], $7::timestamptz, $8::timestamptz
    from tenants
    where tenants.id = $2::uuid and tenants.deleted_at is null
    returning id, tenant_id, name, hint, scopes, created_at, expires_at, last_used_at`,
};

/** Null when there is no such tenant. `hash` is the SHA-256 of the token's text. */
export async function insertApiKey(
  database: Queryable,
  key: {
    readonly id: string;
    readonly tenantId: string;
    readonly name: string;
    readonly hash: Uint8Array;
    readonly hint: string;
    readonly scopes: readonly string[];
    readonly expiresAt: Date | null;
    readonly now: Date;
  },
): Promise<ApiKeyRow | null> {
  const rows = await database.query<ApiKeyRow>(INSERT_API_KEY, [
    key.id,
    key.tenantId,
    key.name,
    key.hash,
    key.hint,
    key.scopes,
    key.now,
    key.expiresAt,
  ]);
  return rows[0] ?? null;
}
