/**
 * Spends a refresh token, if it was not spent before, belongs to the program that shows it, and its session, user and
 * tenant stand. Of two that spend one token at once, the second waits for the first and finds it spent.
 */
import type { Queryable, Statement } from "../database.ts";

export interface RefreshedSession {
  readonly session_id: string;
  readonly user_id: string;
  readonly tenant_id: string;
  readonly scopes: readonly string[] | null;
}

const SPEND_REFRESH_TOKEN: Statement = {
  name: "spend-refresh-token",
  text: `
    update session_tokens
    set spent_at = $2::timestamptz
    from sessions, users, tenants
    where session_tokens.hash = $1::bytea
      and session_tokens.kind = 'refresh'
      and session_tokens.spent_at is null
      and session_tokens.expires_at > $2::timestamptz
      and sessions.id = session_tokens.session_id and sessions.ended_at is null
      and sessions.client_id is not distinct from $3::text
      and users.id = sessions.user_id and users.disabled_at is null and users.revoked_at is null
      and tenants.id = users.tenant_id and tenants.deleted_at is null
    returning session_tokens.session_id, sessions.user_id, users.tenant_id, sessions.scopes`,
};

export async function spendRefreshToken(
  transaction: Queryable,
  token: {
    readonly hash: Uint8Array;
    readonly now: Date;
    /** Null: of a session that no program got by a device login. */
    readonly clientId: string | null;
  },
): Promise<RefreshedSession | null> {
  const rows = await transaction.query<RefreshedSession>(SPEND_REFRESH_TOKEN, [token.hash, token.now, token.clientId]);
  return rows[0] ?? null;
}
