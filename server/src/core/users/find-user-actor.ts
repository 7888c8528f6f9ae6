/**
 * The actor that a user is, where somebody else than our sessions has proved who they are: a dialect's own token. Role
 * and standing are read at each request, so a user who is disabled, or has another role, is so from the next one on.
 */
import { findUserByNumber } from "../../db/queries/find-user-by-number.ts";
import type { UserActor } from "../access/actor.ts";
import { ROLE_SCOPES } from "../access/roles.ts";
import type { CoreContext } from "../context.ts";
import { toUser, USER_NUMBER_MAX } from "./user.ts";

/** Null when the tenant has no such user, or one who may not act. */
export async function findUserActor({
  context,
  tenantId,
  number,
  address,
  requestId,
}: {
  readonly context: Pick<CoreContext, "database">;
  readonly tenantId: string;
  /** The small integer of the user. */
  readonly number: number;
  readonly address: string | null;
  readonly requestId: string;
}): Promise<UserActor | null> {
  if (!Number.isInteger(number) || number < 1 || number > USER_NUMBER_MAX) return null;
  const row = await findUserByNumber(context.database, { tenantId, number });
  if (row === null) return null;
  const user = toUser(row);
  return {
    kind: "user",
    userId: user.id,
    sessionId: null,
    tenantId,
    role: user.role,
    scopes: ROLE_SCOPES[user.role],
    authenticatedAt: null,
    address,
    requestId,
  };
}
