/**
 * Spends a refresh token for the next pair. A token is spent once: when it comes again, it was stolen from the user or
 * by the user's side from a thief, and nobody can tell which, so the whole session ends and that is audited (RFC 9700,
 * 4.14.2). A client whose answer was lost on the way logs in again.
 */
import type { Queryable } from "../../db/database.ts";
import { endSession } from "../../db/queries/end-session.ts";
import { findSpentRefreshToken } from "../../db/queries/find-spent-refresh-token.ts";
import { spendRefreshToken } from "../../db/queries/spend-refresh-token.ts";
import { isScope, type Scope } from "../access/scopes.ts";
import { parseRefreshToken } from "../access/session-token.ts";
import { hashToken } from "../access/token-form.ts";
import { appendAudit } from "../audit/append-audit.ts";
import type { KeyRing } from "../encryption/key-ring.ts";
import { CoreError } from "../errors/core-error.ts";
import { issuePair, type RequestOrigin, type SessionContext, type SessionPair } from "./session.ts";

export type RefreshedPair = SessionPair & {
  /** Null: all that the user's role has. */
  readonly scopes: readonly Scope[] | null;
};

/** Throws `unauthenticated`. */
export async function refreshSession({
  context,
  origin,
  refreshToken,
  clientId = null,
}: {
  readonly context: Omit<SessionContext, "passwordQueue">;
  readonly origin: RequestOrigin;
  readonly refreshToken: string;
  /** The program that shows the token; left out: the session is no program's. */
  readonly clientId?: string | null;
}): Promise<RefreshedPair> {
  const { database, clock, keyRing } = context;
  const token = parseRefreshToken(refreshToken);
  if (token === null) throw refused();
  const hash = hashToken(token);
  const now = clock.now();
  const pair = await database.transaction(async (transaction) => {
    const spent = await spendRefreshToken(transaction, { hash, now, clientId });
    if (spent !== null) {
      const issued = await issuePair(transaction, spent.session_id, now);
      return issued === null ? null : { ...issued, scopes: spent.scopes?.filter(isScope) ?? null };
    }
    // Committed, so not thrown from here.
    await endReused(transaction, { keyRing, origin, hash, now });
    return null;
  });
  if (pair === null) throw refused();
  return pair;
}

async function endReused(
  transaction: Queryable,
  {
    keyRing,
    origin,
    hash,
    now,
  }: { readonly keyRing: KeyRing; readonly origin: RequestOrigin; readonly hash: Uint8Array; readonly now: Date },
): Promise<void> {
  const reused = await findSpentRefreshToken(transaction, hash);
  if (reused === null) return;
  if (!(await endSession(transaction, { id: reused.session_id, now, reason: "refresh_reused" }))) return;
  await appendAudit(transaction, {
    keyRing,
    tenantId: reused.tenant_id,
    actor: { kind: "anonymous", ...origin },
    action: "session.refresh_reused",
    subject: `user:${reused.user_id}`,
    now,
  });
}

function refused(): CoreError {
  const message = "This refresh token is unknown, spent or expired, or its session has ended. Log in again.";
  return new CoreError("unauthenticated", message);
}
