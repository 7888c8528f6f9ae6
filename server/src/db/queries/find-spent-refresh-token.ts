/** Finds the open session of a refresh token that was spent already: whoever sends it now has no right to it. */
import type { Queryable, Statement } from "../database.ts";
import type { RefreshedSession } from "./spend-refresh-token.ts";

const FIND_SPENT_REFRESH_TOKEN: Statement = {
  name: "find-spent-refresh-token",
  text: `
    select session_tokens.session_id, sessions.user_id, users.tenant_id, sessions.scopes
    from session_tokens
    join sessions on sessions.id = session_tokens.session_id and sessions.ended_at is null
    join users on users.id = sessions.user_id
    where session_tokens.hash = $1::bytea
      and session_tokens.kind = 'refresh'
      and session_tokens.spent_at is not null`,
};

export async function findSpentRefreshToken(
  transaction: Queryable,
  hash: Uint8Array,
): Promise<RefreshedSession | null> {
  const rows = await transaction.query<RefreshedSession>(FIND_SPENT_REFRESH_TOKEN, [hash]);
  return rows[0] ?? null;
}
