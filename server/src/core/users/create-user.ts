/** Creates a user of a tenant. Without a password the user cannot log in until one is set. */
import { randomUUID } from "node:crypto";

import type { Queryable } from "../../db/database.ts";
import { insertUser } from "../../db/queries/insert-user.ts";
import { lockTenant } from "../../db/queries/lock-tenant.ts";
import { selectUserRoom } from "../../db/queries/select-user-room.ts";
import { type Actor, requireScope } from "../access/actor.ts";
import { hashPassword } from "../access/password-hash.ts";
import type { Role } from "../access/roles.ts";
import { appendAudit } from "../audit/append-audit.ts";
import type { CoreContext } from "../context.ts";
import { CoreError } from "../errors/core-error.ts";
import { refuseProblems } from "../errors/refuse-problems.ts";
import type { KeepAnswer } from "../idempotency/keep-answer.ts";
import {
  checkUser,
  normaliseEmail,
  refuseTaken,
  requireRank,
  toAuditState,
  toUser,
  type User,
  USER_NUMBER_MAX,
} from "./user.ts";

export interface CreateUserInput {
  readonly email: string;
  readonly role: Role;
  /** The e-mail address when left out. */
  readonly name?: string | undefined;
  /** The next of the tenant when left out. */
  readonly number?: number | undefined;
  readonly password?: string | undefined;
  readonly reason?: string | undefined;
}

const USERS_A_TENANT_MAX = 10_000;

export type UserContext = Pick<CoreContext, "database" | "clock" | "keyRing" | "passwordQueue">;

/** Throws `not_found`, `scope_required`, `validation_failed`, `already_exists`, `limit_reached`, `rate_limited`. */
export async function createUser({
  context,
  actor,
  tenantId,
  input,
  keepAnswer,
}: {
  readonly context: UserContext;
  readonly actor: Actor;
  readonly tenantId: string;
  readonly input: CreateUserInput;
  readonly keepAnswer?: KeepAnswer<User> | undefined;
}): Promise<User> {
  requireScope(actor, tenantId, "users:write");
  refuseProblems(checkUser(input));
  requireRank(actor, input.role);
  const { password } = input;
  const passwordHash = password === undefined ? null : await context.passwordQueue.run(() => hashPassword(password));

  const { keyRing } = context;
  const now = context.clock.now();
  const email = normaliseEmail(input.email);
  const created = context.database.transaction(async (transaction) => {
    const number = await chooseNumber(transaction, tenantId, input.number);
    const row = await insertUser(transaction, {
      id: randomUUID(),
      tenantId,
      number,
      email,
      name: input.name ?? email,
      role: input.role,
      passwordHash,
      now,
    });
    const user = toUser(row);
    await keepAnswer?.(transaction, user);
    await appendAudit(transaction, {
      keyRing,
      tenantId,
      actor,
      action: "user.create",
      subject: `user:${user.id}`,
      reason: input.reason,
      after: toAuditState(user),
      now,
    });
    return user;
  });
  return created.catch(refuseTaken);
}

/** Holds the tenant, so that two who create at once do not choose the same. */
async function chooseNumber(transaction: Queryable, tenantId: string, given: number | undefined): Promise<number> {
  if ((await lockTenant(transaction, tenantId)) === null) throw new CoreError("not_found", "There is no such tenant.");
  const { users, last } = await selectUserRoom(transaction, tenantId);
  if (users >= USERS_A_TENANT_MAX) {
    throw new CoreError("limit_reached", `A tenant has at most ${USERS_A_TENANT_MAX} users. Revoke some.`);
  }
  if (given === undefined && last >= USER_NUMBER_MAX) {
    throw new CoreError("limit_reached", "No number follows the last one of this tenant. Give one.");
  }
  return given ?? last + 1;
}
