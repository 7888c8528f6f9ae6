/** Writes what may change of a user. The caller holds the row and decided from what it read. */
import type { Queryable, Statement } from "../database.ts";

const UPDATE_USER: Statement = {
  name: "update-user",
  text: `
    update users
    set name = $2::text, role = $3::text, number = $4::integer, disabled_at = $5::timestamptz,
        password_hash = $6::text, updated_at = $7::timestamptz
    where id = $1::uuid`,
};

export async function updateUser(
  transaction: Queryable,
  user: {
    readonly id: string;
    readonly name: string;
    readonly role: string;
    readonly number: number;
    readonly disabledAt: Date | null;
    readonly passwordHash: string | null;
    readonly updatedAt: Date;
  },
): Promise<void> {
  await transaction.query(UPDATE_USER, [
    user.id,
    user.name,
    user.role,
    user.number,
    user.disabledAt,
    user.passwordHash,
    user.updatedAt,
  ]);
}
