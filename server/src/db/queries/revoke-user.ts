/** Marks a user revoked and wipes the password. The caller holds the row. */
import type { Queryable, Statement } from "../database.ts";

const REVOKE_USER: Statement = {
  name: "revoke-user",
  text: `
    update users
    set revoked_at = $2::timestamptz, updated_at = $2::timestamptz, password_hash = null
    where id = $1::uuid`,
};

export async function revokeUser(
  transaction: Queryable,
  user: { readonly id: string; readonly now: Date },
): Promise<void> {
  await transaction.query(REVOKE_USER, [user.id, user.now]);
}
