/** Whether a token was an API key that somebody revoked, or that went with its tenant. */
import type { Queryable, Statement } from "../database.ts";

const FIND_REVOKED_API_KEY: Statement = {
  name: "find-revoked-api-key",
  text: "select id from api_keys where hash = $1::bytea and revoked_at is not null",
};

/** `hash` is the SHA-256 of the token's text. */
export async function findRevokedApiKey(database: Queryable, hash: Uint8Array): Promise<boolean> {
  return (await database.query(FIND_REVOKED_API_KEY, [hash])).length > 0;
}
