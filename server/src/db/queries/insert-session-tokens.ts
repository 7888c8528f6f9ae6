/** Gives a session further tokens, if it has not ended, and moves the session's end on to that of the last. */
import type { Queryable, Statement } from "../database.ts";

const INSERT_SESSION_TOKENS: Statement = {
  name: "insert-session-tokens",
  text: `
    with open_session as (
      update sessions
      set expires_at = greatest(expires_at, $3::timestamptz, $5::timestamptz)
      where id = $1::uuid and ended_at is null
      returning id
    )
    insert into session_tokens (hash, session_id, kind, expires_at)
    select hash, open_session.id, kind, expires_at
    from open_session
    cross join (
      values ($2::bytea, 'access', $3::timestamptz), ($4::bytea, 'refresh', $5::timestamptz)
    ) as token (hash, kind, expires_at)
    where hash is not null
    returning hash`,
};

/** Whether the session was open. Hashes are SHA-256 of the tokens' texts. */
export async function insertSessionTokens(
  transaction: Queryable,
  pair: {
    readonly sessionId: string;
    readonly accessHash: Uint8Array;
    readonly accessExpiresAt: Date;
    /** Null: no refresh token. */
    readonly refreshHash: Uint8Array | null;
    readonly refreshExpiresAt: Date | null;
  },
): Promise<boolean> {
  const rows = await transaction.query<{ hash: Uint8Array }>(INSERT_SESSION_TOKENS, [
    pair.sessionId,
    pair.accessHash,
    pair.accessExpiresAt,
    pair.refreshHash,
    pair.refreshExpiresAt,
  ]);
  return rows.length > 0;
}
