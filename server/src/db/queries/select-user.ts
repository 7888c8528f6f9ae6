/** Reads a user of a tenant who is neither disabled nor revoked. */
import type { Queryable, Statement } from "../database.ts";
import { USER_COLUMNS, type UserRow } from "./user-columns.ts";

const SELECT_USER: Statement = {
  name: "select-user",
  text: `
    select ${USER_COLUMNS}
    from users
    where id = $2::uuid and tenant_id = $1::uuid and disabled_at is null and revoked_at is null`,
};

export async function selectUser(
  database: Queryable,
  by: { readonly tenantId: string; readonly userId: string },
): Promise<UserRow | null> {
  const rows = await database.query<UserRow>(SELECT_USER, [by.tenantId, by.userId]);
  return rows[0] ?? null;
}
