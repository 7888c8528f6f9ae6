/** Whether a token that was refused is a revoked API key, for contracts that tell its caller so. */
import { findRevokedApiKey } from "../../db/queries/find-revoked-api-key.ts";
import type { CoreContext } from "../context.ts";
import { parseToken } from "./api-key-token.ts";
import { hashToken } from "./token-form.ts";

export async function isRevokedToken(context: Pick<CoreContext, "database">, token: string): Promise<boolean> {
  return parseToken(token) !== null && findRevokedApiKey(context.database, hashToken(token));
}
