/** Adds a user. Unique indexes refuse an e-mail address or a number that another of the tenant has. */
import type { Queryable, Statement } from "../database.ts";
import { USER_COLUMNS, type UserRow } from "./user-columns.ts";

const INSERT_USER: Statement = {
  name: "insert-user",
  text: `
    insert into users (id, tenant_id, number, email, name, role, password_hash, created_at, updated_at)
    values (
      $1::uuid, $2::uuid, $3::integer, $4::text, $5::text, $6::text, $7::text, $8::timestamptz, $8::timestamptz
    )
    returning ${USER_COLUMNS}`,
};

export async function insertUser(
  transaction: Queryable,
  user: {
    readonly id: string;
    readonly tenantId: string;
    readonly number: number;
    readonly email: string;
    readonly name: string;
    readonly role: string;
    readonly passwordHash: string | null;
    readonly now: Date;
  },
): Promise<UserRow> {
  const [row] = await transaction.query<UserRow>(INSERT_USER, [
    user.id,
    user.tenantId,
    user.number,
    user.email,
    user.name,
    user.role,
    user.passwordHash,
    user.now,
  ]);
  if (row === undefined) throw new Error("a user that was inserted did not come back");
  return row;
}
