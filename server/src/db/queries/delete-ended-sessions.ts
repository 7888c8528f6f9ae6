/**
 * Takes away what no longer gives or proves anything: sessions past the end of their last refresh token with all their
 * tokens, access tokens past theirs, windows of password checks that are over. A bounded number a run.
 */
import type { Queryable, Statement } from "../database.ts";

const DELETE_ENDED_SESSIONS: Statement = {
  name: "delete-ended-sessions",
  text: `
    with ended_sessions as (
      delete from sessions where id in (
        select id from sessions where expires_at <= $1::timestamptz limit $2::integer for update skip locked
      )
      returning 1
    ),
    ended_tokens as (
      delete from session_tokens where hash in (
        select hash from session_tokens
        where kind = 'access' and expires_at <= $1::timestamptz
        limit $2::integer for update skip locked
      )
      returning 1
    ),
    ended_checks as (
      delete from password_checks where subject in (
        select subject from password_checks
        where window_ends_at <= $1::timestamptz
        limit $2::integer for update skip locked
      )
      returning 1
    )
    select (select count(*) from ended_sessions)::integer
      + (select count(*) from ended_tokens)::integer
      + (select count(*) from ended_checks)::integer as deleted`,
};

/** Resolves to how many rows went, tokens of ended sessions not counted. */
export async function deleteEndedSessions(
  database: Queryable,
  input: { readonly now: Date; readonly limit: number },
): Promise<number> {
  const rows = await database.query<{ deleted: number }>(DELETE_ENDED_SESSIONS, [input.now, input.limit]);
  return rows[0]?.deleted ?? 0;
}
