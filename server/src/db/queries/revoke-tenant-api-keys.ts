/** Revokes every API key of a tenant. */
import type { Queryable, Statement } from "../database.ts";

const REVOKE_TENANT_API_KEYS: Statement = {
  name: "revoke-tenant-api-keys",
  text: `
    update api_keys
    set revoked_at = $2::timestamptz
    where tenant_id = $1::uuid and revoked_at is null`,
};

export async function revokeTenantApiKeys(
  database: Queryable,
  tenant: { readonly id: string; readonly now: Date },
): Promise<void> {
  await database.query(REVOKE_TENANT_API_KEYS, [tenant.id, tenant.now]);
}
