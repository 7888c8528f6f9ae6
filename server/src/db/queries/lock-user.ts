/** Reads a user who is not revoked and holds its row for the rest of the transaction. */
import type { Queryable, Statement } from "../database.ts";
import { USER_COLUMNS, type UserRow } from "./user-columns.ts";

const LOCK_USER: Statement = {
  name: "lock-user",
  text: `
    select ${USER_COLUMNS}
    from users
    where id = $1::uuid and tenant_id = $2::uuid and revoked_at is null
    for no key update`,
};

export async function lockUser(
  transaction: Queryable,
  by: { readonly id: string; readonly tenantId: string },
): Promise<UserRow | null> {
  const rows = await transaction.query<UserRow>(LOCK_USER, [by.id, by.tenantId]);
  return rows[0] ?? null;
}
