/**
 * Finds the session of an access token, if it may act at `now`: the token not expired, the session not ended, its user
 * neither disabled nor revoked, the tenant not deleted. Asked for every request, never cached.
 */
import type { Queryable, Statement } from "../database.ts";

export interface FoundSession {
  readonly id: string;
  readonly user_id: string;
  readonly tenant_id: string;
  readonly role: string;
  readonly authenticated_at: Date;
  /** The program that got the session by a device login; null for a login of the user. */
  readonly client_id: string | null;
  /** What the program was given; null: all that the role has. */
  readonly scopes: readonly string[] | null;
}

const FIND_SESSION: Statement = {
  name: "find-session",
  text: `
    select sessions.id, sessions.user_id, users.tenant_id, users.role, sessions.authenticated_at,
      sessions.client_id, sessions.scopes
    from session_tokens
    join sessions on sessions.id = session_tokens.session_id and sessions.ended_at is null
    join users on users.id = sessions.user_id and users.disabled_at is null and users.revoked_at is null
    join tenants on tenants.id = users.tenant_id and tenants.deleted_at is null
    where session_tokens.hash = $1::bytea
      and session_tokens.kind = 'access'
      and session_tokens.expires_at > $2::timestamptz`,
};

/** `hash` is the SHA-256 of the token's text. */
export async function findSession(
  database: Queryable,
  by: { readonly hash: Uint8Array; readonly now: Date },
): Promise<FoundSession | null> {
  const rows = await database.query<FoundSession>(FIND_SESSION, [by.hash, by.now]);
  return rows[0] ?? null;
}
