/**
 * Finds the API key with a hash, if it may act at `now`: not revoked, not expired, its tenant not deleted. Asked for
 * every request, never cached, so that a revoked key counts from the next one.
 */
import type { Queryable, Statement } from "../database.ts";

export interface FoundApiKey {
  readonly id: string;
  readonly tenant_id: string;
  readonly scopes: readonly string[];
  readonly last_used_at: Date | null;
}

const FIND_API_KEY: Statement = {
  name: "find-api-key",
  text: `
    select api_keys.id, api_keys.tenant_id, api_keys.scopes, api_keys.last_used_at
    from api_keys
    join tenants on tenants.id = api_keys.tenant_id and tenants.deleted_at is null
    where api_keys.hash = $1::bytea
      and api_keys.revoked_at is null
      and (api_keys.expires_at is null or api_keys.expires_at > $2::timestamptz)`,
};

/** `hash` is the SHA-256 of the token's text. */
export async function findApiKey(
  database: Queryable,
  by: { readonly hash: Uint8Array; readonly now: Date },
): Promise<FoundApiKey | null> {
  const rows = await database.query<FoundApiKey>(FIND_API_KEY, [by.hash, by.now]);
  return rows[0] ?? null;
}
