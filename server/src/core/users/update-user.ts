/**
 * Changes what is given of a user and leaves the rest. A role counts from the user's next request on. Disabling a user
 * and setting a password end all sessions of the user in the same commit; a user who sets one needs a recent login.
 */
import type { Queryable } from "../../db/database.ts";
import { endUserSessions } from "../../db/queries/end-user-sessions.ts";
import { lockUser } from "../../db/queries/lock-user.ts";
import { updateUser as updateUserRow } from "../../db/queries/update-user.ts";
import { type Actor, requireScope } from "../access/actor.ts";
import { hashPassword } from "../access/password-hash.ts";
import type { Role } from "../access/roles.ts";
import { requireRecentLogin } from "../access/step-up.ts";
import { appendAudit } from "../audit/append-audit.ts";
import { refuseProblems } from "../errors/refuse-problems.ts";
import type { UserContext } from "./create-user.ts";
import { checkUser, refuseTaken, requireRank, toAuditState, toUser, type User, userNotFound } from "./user.ts";

export interface UpdateUserInput {
  readonly name?: string | undefined;
  readonly role?: Role | undefined;
  readonly number?: number | undefined;
  readonly disabled?: boolean | undefined;
  /** Null takes the password away. */
  readonly password?: string | null | undefined;
  readonly reason?: string | undefined;
}

/**
 * Throws `not_found`, `scope_required`, `validation_failed`, `already_exists`, `step_up_required`, `rate_limited`.
 */
export async function updateUser({
  context,
  actor,
  tenantId,
  userId,
  input,
}: {
  readonly context: UserContext;
  readonly actor: Actor;
  readonly tenantId: string;
  readonly userId: string;
  readonly input: UpdateUserInput;
}): Promise<User> {
  requireScope(actor, tenantId, "users:write");
  refuseProblems(checkUser(input));
  const { password } = input;
  if (password !== undefined) requireRecentLogin(actor, context.clock.now());
  const newHash = password == null ? null : await context.passwordQueue.run(() => hashPassword(password));

  const now = context.clock.now();
  const updated = context.database.transaction(async (transaction) => {
    const row = await lockUser(transaction, { id: userId, tenantId });
    if (row === null) throw userNotFound();
    const before = toUser(row);
    requireRank(actor, before.role);
    if (input.role !== undefined) requireRank(actor, input.role);

    const after: User = {
      ...before,
      name: input.name ?? before.name,
      role: input.role ?? before.role,
      number: input.number ?? before.number,
      hasPassword: password === undefined ? before.hasPassword : password !== null,
      disabledAt: toDisabledAt(before.disabledAt, input.disabled, now),
      updatedAt: now,
    };
    const passwordHash = password === undefined ? row.password_hash : newHash;
    await updateUserRow(transaction, { ...after, passwordHash });
    await endSessions(transaction, { userId, now, input });
    await appendAudit(transaction, {
      keyRing: context.keyRing,
      tenantId,
      actor,
      action: password === undefined ? "user.update" : "user.set_password",
      subject: `user:${userId}`,
      reason: input.reason,
      before: toAuditState(before),
      after: toAuditState(after),
      now,
    });
    return after;
  });
  return updated.catch(refuseTaken);
}

function toDisabledAt(before: Date | null, disabled: boolean | undefined, now: Date): Date | null {
  if (disabled === undefined) return before;
  return disabled ? (before ?? now) : null;
}

async function endSessions(
  transaction: Queryable,
  { userId, now, input }: { readonly userId: string; readonly now: Date; readonly input: UpdateUserInput },
): Promise<void> {
  if (input.password !== undefined) await endUserSessions(transaction, { userId, now, reason: "password_changed" });
  else if (input.disabled === true) await endUserSessions(transaction, { userId, now, reason: "user_disabled" });
}
