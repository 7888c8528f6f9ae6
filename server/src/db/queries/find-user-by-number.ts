/** Finds the user of a tenant who has a number and may act: neither disabled nor revoked. */
import type { Queryable, Statement } from "../database.ts";
import { USER_COLUMNS, type UserRow } from "./user-columns.ts";

const FIND_USER_BY_NUMBER: Statement = {
  name: "find-user-by-number",
  text: `
    select ${USER_COLUMNS}
    from users
    where tenant_id = $1::uuid and number = $2::integer and disabled_at is null and revoked_at is null`,
};

export async function findUserByNumber(
  database: Queryable,
  by: { readonly tenantId: string; readonly number: number },
): Promise<UserRow | null> {
  const rows = await database.query<UserRow>(FIND_USER_BY_NUMBER, [by.tenantId, by.number]);
  return rows[0] ?? null;
}
