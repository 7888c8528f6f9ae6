/** Revokes every user of a tenant: passwords are wiped, sessions end. */
import type { Queryable, Statement } from "../database.ts";

const REVOKE_TENANT_USERS: Statement = {
  name: "revoke-tenant-users",
  text: `
    with revoked as (
      update users
      set revoked_at = $2::timestamptz, updated_at = $2::timestamptz, password_hash = null
      where tenant_id = $1::uuid and revoked_at is null
      returning id
    )
    update sessions
    set ended_at = $2::timestamptz, end_reason = 'user_revoked'
    from revoked
    where sessions.user_id = revoked.id and sessions.ended_at is null`,
};

export async function revokeTenantUsers(
  transaction: Queryable,
  tenant: { readonly id: string; readonly now: Date },
): Promise<void> {
  await transaction.query(REVOKE_TENANT_USERS, [tenant.id, tenant.now]);
}
