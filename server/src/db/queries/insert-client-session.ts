/**
 * Opens a session for a program that its user approved, if the user still has the password that the approval was given
 * with and may still log in. It writes the user's row, so it waits for whoever is changing the password or disabling the
 * user, and then looks again: no session outlives the change that should have ended it.
 */
import type { Queryable, Statement } from "../database.ts";

const INSERT_CLIENT_SESSION: Statement = {
  name: "insert-client-session",
  text: `
    with owner as (
      update users
      set last_login_at = $4::timestamptz
      from tenants
      where users.id = $2::uuid
        and sha256(convert_to(users.password_hash, 'UTF8')) = $3::bytea
        and users.disabled_at is null and users.revoked_at is null
        and tenants.id = users.tenant_id and tenants.deleted_at is null
      returning users.id, users.tenant_id, tenants.slug
    ),
    opened as (
      insert into sessions (id, user_id, authenticated_at, address, expires_at, client_id, scopes)
      select $1::uuid, owner.id, $4::timestamptz, $5::text, $6::timestamptz, $7::text, $8::text[]
      from owner
      returning id
    )
    select owner.tenant_id, owner.slug from owner join opened on true`,
};

/** The tenant of the session; null when it was not opened. */
export async function insertClientSession(
  transaction: Queryable,
  session: {
    readonly id: string;
    readonly userId: string;
    /** SHA-256 of the hash of the password. */
    readonly passwordMark: Uint8Array;
    readonly now: Date;
    readonly address: string | null;
    readonly expiresAt: Date;
    readonly clientId: string;
    readonly scopes: readonly string[];
  },
): Promise<{ readonly tenantId: string; readonly tenantSlug: string } | null> {
  const [row] = await transaction.query<{ tenant_id: string; slug: string }>(INSERT_CLIENT_SESSION, [
    session.id,
    session.userId,
    session.passwordMark,
    session.now,
    session.address,
    session.expiresAt,
    session.clientId,
    session.scopes,
  ]);
  return row === undefined ? null : { tenantId: row.tenant_id, tenantSlug: row.slug };
}
