/** Takes back what a password check counted: the password was right, or it was not looked at. */
import type { Queryable, Statement } from "../database.ts";

const GIVE_BACK_PASSWORD_CHECK: Statement = {
  name: "give-back-password-check",
  text: "update password_checks set count = greatest(count - 1, 0) where subject = $1::bytea",
};

/** In two statements, each its own commit: neither row is held while the other is waited for. */
export async function giveBackPasswordChecks(
  database: Queryable,
  subjects: { readonly user: Uint8Array; readonly address: Uint8Array },
): Promise<void> {
  await database.query(GIVE_BACK_PASSWORD_CHECK, [subjects.user]);
  await database.query(GIVE_BACK_PASSWORD_CHECK, [subjects.address]);
}
