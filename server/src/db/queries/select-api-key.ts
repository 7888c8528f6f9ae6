/** Reads an API key that is not revoked. */
import type { Queryable, Statement } from "../database.ts";
import type { ApiKeyRow } from "./insert-api-key.ts";

const SELECT_API_KEY: Statement = {
  name: "select-api-key",
  text: `
    select id, tenant_id, name, hint, scopes, created_at, expires_at, last_used_at
    from api_keys
    where id = $1::uuid and tenant_id = $2::uuid and revoked_at is null`,
};

export async function selectApiKey(
  database: Queryable,
  by: { readonly id: string; readonly tenantId: string },
): Promise<ApiKeyRow | null> {
  const rows = await database.query<ApiKeyRow>(SELECT_API_KEY, [by.id, by.tenantId]);
  return rows[0] ?? null;
}
