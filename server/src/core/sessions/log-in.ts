/** Opens a session for a user who gives the password. */
import { insertSession } from "../../db/queries/insert-session.ts";
import { appendAudit } from "../audit/append-audit.ts";
import { toUser, type User } from "../users/user.ts";
import { type CheckedUser, checkLogin, type LogInInput, refuseLogin } from "./check-login.ts";
import {
  issuePair,
  newSessionId,
  REFRESH_TOKEN_MS,
  type RequestOrigin,
  type SessionContext,
  type SessionPair,
} from "./session.ts";

export interface OpenedSession {
  readonly user: User;
  readonly pair: SessionPair;
}

/** Throws `unauthenticated`, `rate_limited`. */
export async function logIn({
  context,
  origin,
  input,
}: {
  readonly context: SessionContext;
  readonly origin: RequestOrigin;
  readonly input: LogInInput;
}): Promise<OpenedSession> {
  const row = await checkLogin({ context, origin, input });
  const opened = await openSession(context, origin, row);
  if (opened === null) throw refuseLogin(context, origin, row);
  return opened;
}

/** Null when the user was disabled, or got another password, meanwhile. */
async function openSession(
  { database, clock, keyRing }: SessionContext,
  origin: RequestOrigin,
  row: CheckedUser,
): Promise<OpenedSession | null> {
  const { password_hash: passwordHash } = row;
  const now = clock.now();
  const sessionId = newSessionId();
  const expiresAt = new Date(now.getTime() + REFRESH_TOKEN_MS);
  return database.transaction(async (transaction) => {
    const session = { id: sessionId, userId: row.id, passwordHash, now, address: origin.address, expiresAt };
    if (!(await insertSession(transaction, session))) return null;
    const pair = await issuePair(transaction, sessionId, now);
    if (pair === null) throw new Error("a session ended in the transaction that opened it");
    await appendAudit(transaction, {
      keyRing,
      tenantId: row.tenant_id,
      actor: { kind: "anonymous", ...origin },
      action: "session.create",
      subject: `user:${row.id}`,
      now,
    });
    return { user: { ...toUser(row), lastLoginAt: now }, pair };
  });
}
