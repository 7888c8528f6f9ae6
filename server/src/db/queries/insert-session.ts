/**
 * Opens a session for the user whose password was checked, if that is still the user's password and the user may still
 * log in. It writes the user's row, so it waits for whoever is changing the password or disabling the user, and then
 * looks again: no session outlives the change that should have ended it.
 */
import type { Queryable, Statement } from "../database.ts";

const INSERT_SESSION: Statement = {
  name: "insert-session",
  text: `
    with owner as (
      update users
      set last_login_at = $4::timestamptz
      where id = $2::uuid and password_hash = $3::text and disabled_at is null and revoked_at is null
      returning id
    )
    insert into sessions (id, user_id, authenticated_at, address, expires_at)
    select $1::uuid, owner.id, $4::timestamptz, $5::text, $6::timestamptz
    from owner
    returning id`,
};

/** Whether the session was opened. */
export async function insertSession(
  transaction: Queryable,
  session: {
    readonly id: string;
    readonly userId: string;
    /** The hash that the password was checked against. */
    readonly passwordHash: string;
    readonly now: Date;
    readonly address: string | null;
    readonly expiresAt: Date;
  },
): Promise<boolean> {
  const rows = await transaction.query<{ id: string }>(INSERT_SESSION, [
    session.id,
    session.userId,
    session.passwordHash,
    session.now,
    session.address,
    session.expiresAt,
  ]);
  return rows.length > 0;
}
