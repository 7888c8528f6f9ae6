/** Reads an API key that is not revoked and holds its row for the rest of the transaction. */
import type { Queryable, Statement } from "../database.ts";
import type { ApiKeyRow } from "./insert-api-key.ts";

const LOCK_API_KEY: Statement = {
  name: "lock-api-key",
  text: `
    select id, tenant_id, name, hint, scopes, created_at, expires_at, last_used_at
    from api_keys
    where id = $1::uuid and tenant_id = $2::uuid and revoked_at is null
    for no key update`,
};

export async function lockApiKey(
  transaction: Queryable,
  by: { readonly id: string; readonly tenantId: string },
): Promise<ApiKeyRow | null> {
  const rows = await transaction.query<ApiKeyRow>(LOCK_API_KEY, [by.id, by.tenantId]);
  return rows[0] ?? null;
}
