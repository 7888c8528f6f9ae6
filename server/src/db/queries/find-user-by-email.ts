/** Finds the user of a tenant who has an e-mail address and is not revoked; the address in its normalised spelling. */
import type { Queryable, Statement } from "../database.ts";
import { USER_COLUMNS, type UserRow } from "./user-columns.ts";

const FIND_USER_BY_EMAIL: Statement = {
  name: "find-user-by-email",
  text: `
    select ${USER_COLUMNS}
    from users
    where tenant_id = $1::uuid and email = $2::text and revoked_at is null`,
};

export async function findUserByEmail(
  database: Queryable,
  by: { readonly tenantId: string; readonly email: string },
): Promise<UserRow | null> {
  const rows = await database.query<UserRow>(FIND_USER_BY_EMAIL, [by.tenantId, by.email]);
  return rows[0] ?? null;
}
