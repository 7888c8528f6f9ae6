/** Whether a token that was refused was revoked: a key, or one of a session that was ended. For contracts that tell so. */
import { findRevokedApiKey } from "../../db/queries/find-revoked-api-key.ts";
import { findTokenSession } from "../../db/queries/find-token-session.ts";
import type { CoreContext } from "../context.ts";
import { parseToken } from "./api-key-token.ts";
import { parseAccessToken } from "./session-token.ts";
import { hashToken } from "./token-form.ts";

export async function isRevokedToken(context: Pick<CoreContext, "database">, token: string): Promise<boolean> {
  if (parseAccessToken(token) !== null) {
    const session = await findTokenSession(context.database, hashToken(token));
    return session !== null && session.ended_at !== null;
  }
  return parseToken(token) !== null && findRevokedApiKey(context.database, hashToken(token));
}
