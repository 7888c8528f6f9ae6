/**
 * Opens a session for a user who gives the password. Whatever is wrong, the tenant, the address, the password, a user
 * without one or a disabled one, is answered by the same words, at the cost of one password check.
 */
import { findUserByEmail } from "../../db/queries/find-user-by-email.ts";
import { insertSession } from "../../db/queries/insert-session.ts";
import type { UserRow } from "../../db/queries/user-columns.ts";
import { checkPassword } from "../access/check-password.ts";
import { appendAudit } from "../audit/append-audit.ts";
import { CoreError } from "../errors/core-error.ts";
import { findTenant } from "../tenants/find-tenant.ts";
import { normaliseEmail, toUser, type User } from "../users/user.ts";
import {
  issuePair,
  newSessionId,
  REFRESH_TOKEN_MS,
  type RequestOrigin,
  type SessionContext,
  type SessionPair,
} from "./session.ts";

export interface LogInInput {
  /** A tenant's public id or slug. */
  readonly tenant: string;
  readonly email: string;
  readonly password: string;
}

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
  const tenant = await findTenant({ context, reference: input.tenant });
  const email = normaliseEmail(input.email);
  // Asked also without a tenant, for the sake of the time it takes.
  const row = await findUserByEmail(context.database, { tenantId: tenant?.id ?? NO_TENANT, email });
  const isRight = await checkPassword(context, {
    claim: row?.id ?? `${tenant?.id ?? input.tenant} ${email}`,
    address: origin.address,
    storedHash: row?.password_hash ?? null,
    password: input.password,
  });
  const opened = isRight && row !== null ? await openSession(context, origin, row) : null;
  if (opened !== null) return opened;
  if (row !== null) noteRefusal(context, origin, row);
  throw new CoreError("unauthenticated", "The tenant, the e-mail address or the password is wrong.");
}

/** No tenant has it. */
const NO_TENANT = "00000000-0000-0000-0000-000000000000";

/** Null when the user was disabled, or got another password, before or meanwhile. */
async function openSession(
  { database, clock, keyRing }: SessionContext,
  origin: RequestOrigin,
  row: UserRow,
): Promise<OpenedSession | null> {
  if (row.password_hash === null) return null;
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

/**
 * Not awaited: an answer that waited for this row would tell by its time that the user exists. It is lost only if the
 * database, or this process, goes within milliseconds; the count of wrong passwords is not.
 */
function noteRefusal({ database, clock, keyRing }: SessionContext, origin: RequestOrigin, row: UserRow): void {
  const note = database.transaction((transaction) =>
    appendAudit(transaction, {
      keyRing,
      tenantId: row.tenant_id,
      actor: { kind: "anonymous", ...origin },
      action: "session.refuse",
      subject: `user:${row.id}`,
      now: clock.now(),
    }),
  );
  note.catch(() => {});
}
