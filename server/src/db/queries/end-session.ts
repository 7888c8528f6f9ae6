/** Ends one session, once: no token of it gives access or another pair from here on. */
import type { Queryable, Statement } from "../database.ts";

export type SessionEndReason =
  | "logout"
  | "password_changed"
  | "user_disabled"
  | "user_revoked"
  | "refresh_reused"
  | "revoked";

const END_SESSION: Statement = {
  name: "end-session",
  text: `
    update sessions
    set ended_at = $2::timestamptz, end_reason = $3::text
    where id = $1::uuid and ended_at is null
    returning id`,
};

/** Whether the session was open until now. */
export async function endSession(
  transaction: Queryable,
  end: { readonly id: string; readonly now: Date; readonly reason: SessionEndReason },
): Promise<boolean> {
  const rows = await transaction.query<{ id: string }>(END_SESSION, [end.id, end.now, end.reason]);
  return rows.length > 0;
}
