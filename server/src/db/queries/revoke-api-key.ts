/** Revokes one API key of a tenant. */
import type { Queryable, Statement } from "../database.ts";

const REVOKE_API_KEY: Statement = {
  name: "revoke-api-key",
  text: `
    update api_keys
    set revoked_at = $3::timestamptz
    where id = $1::uuid and tenant_id = $2::uuid and revoked_at is null
    returning id`,
};

/** Whether there was such a key, not yet revoked. */
export async function revokeApiKey(
  database: Queryable,
  key: { readonly id: string; readonly tenantId: string; readonly now: Date },
): Promise<boolean> {
  const rows = await database.query<{ id: string }>(REVOKE_API_KEY, [key.id, key.tenantId, key.now]);
  return rows.length > 0;
}
