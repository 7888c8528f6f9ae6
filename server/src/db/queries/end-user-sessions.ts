/** Ends every open session of a user: no token of it gives access or another pair from here on. */
import type { Queryable, Statement } from "../database.ts";
import type { SessionEndReason } from "./end-session.ts";

const END_USER_SESSIONS: Statement = {
  name: "end-user-sessions",
  text: `
    update sessions
    set ended_at = $2::timestamptz, end_reason = $3::text
    where user_id = $1::uuid and ended_at is null`,
};

export async function endUserSessions(
  transaction: Queryable,
  end: { readonly userId: string; readonly now: Date; readonly reason: SessionEndReason },
): Promise<void> {
  await transaction.query(END_USER_SESSIONS, [end.userId, end.now, end.reason]);
}
