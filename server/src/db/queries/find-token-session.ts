/** Finds the session of a token of either kind, spent, expired or not, also where the session has ended. */
import type { Queryable, Statement } from "../database.ts";

export interface TokenSession {
  readonly id: string;
  readonly user_id: string;
  readonly tenant_id: string;
  readonly client_id: string | null;
  readonly ended_at: Date | null;
}

const FIND_TOKEN_SESSION: Statement = {
  name: "find-token-session",
  text: `
    select sessions.id, sessions.user_id, users.tenant_id, sessions.client_id, sessions.ended_at
    from session_tokens
    join sessions on sessions.id = session_tokens.session_id
    join users on users.id = sessions.user_id
    where session_tokens.hash = $1::bytea`,
};

/** `hash` is the SHA-256 of the token's text. */
export async function findTokenSession(database: Queryable, hash: Uint8Array): Promise<TokenSession | null> {
  const rows = await database.query<TokenSession>(FIND_TOKEN_SESSION, [hash]);
  return rows[0] ?? null;
}
