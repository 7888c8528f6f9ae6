/**
 * A program gives back a token that it got (RFC 7009). The whole session ends: a token that is revoked because it was
 * seen by others takes those beside it along.
 */
import { endSession } from "../../db/queries/end-session.ts";
import { findTokenSession } from "../../db/queries/find-token-session.ts";
import { parseAccessToken, parseRefreshToken } from "../access/session-token.ts";
import { hashToken } from "../access/token-form.ts";
import { appendAudit } from "../audit/append-audit.ts";
import type { RequestOrigin, SessionContext } from "./session.ts";

/** `foreign`: the token is another program's, or was got by a login that no program was part of. */
export type Revocation = "revoked" | "unknown" | "foreign";

export async function revokeToken({
  context: { database, clock, keyRing },
  origin,
  clientId,
  token,
}: {
  readonly context: Omit<SessionContext, "passwordQueue">;
  readonly origin: RequestOrigin;
  readonly clientId: string;
  /** An access or a refresh token. */
  readonly token: string;
}): Promise<Revocation> {
  if ((parseAccessToken(token) ?? parseRefreshToken(token)) === null) return "unknown";
  const session = await findTokenSession(database, hashToken(token));
  if (session === null) return "unknown";
  if (session.client_id !== clientId) return "foreign";
  const now = clock.now();
  await database.transaction(async (transaction) => {
    if (!(await endSession(transaction, { id: session.id, now, reason: "revoked" }))) return;
    await appendAudit(transaction, {
      keyRing,
      tenantId: session.tenant_id,
      actor: { kind: "anonymous", ...origin },
      action: "session.end",
      subject: `user:${session.user_id}`,
      before: { client: clientId },
      now,
    });
  });
  return "revoked";
}
