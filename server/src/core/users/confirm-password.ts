/**
 * Whether a password is that of the user who acts, for contracts that ask for it beside a token. Counted and delayed as
 * every check of a password; wrong for whoever has none.
 */
import { selectUser } from "../../db/queries/select-user.ts";
import type { UserActor } from "../access/actor.ts";
import { checkPassword, type PasswordContext } from "../access/check-password.ts";

/** Throws `rate_limited`. */
export async function confirmPassword({
  context,
  actor,
  password,
}: {
  readonly context: PasswordContext;
  readonly actor: UserActor;
  readonly password: string;
}): Promise<boolean> {
  const user = await selectUser(context.database, { tenantId: actor.tenantId, userId: actor.userId });
  const storedHash = user?.password_hash ?? null;
  return checkPassword(context, { claim: actor.userId, address: actor.address, storedHash, password });
}
