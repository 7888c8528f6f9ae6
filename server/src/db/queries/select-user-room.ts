/** How many users a tenant has, and the largest number that any of them has or had. */
import type { Queryable, Statement } from "../database.ts";

const SELECT_USER_ROOM: Statement = {
  name: "select-user-room",
  text: `
    select count(*) filter (where revoked_at is null)::integer as users, coalesce(max(number), 0)::integer as last
    from users
    where tenant_id = $1::uuid`,
};

export async function selectUserRoom(
  transaction: Queryable,
  tenantId: string,
): Promise<{ readonly users: number; readonly last: number }> {
  const rows = await transaction.query<{ users: number; last: number }>(SELECT_USER_ROOM, [tenantId]);
  return rows[0] ?? { users: 0, last: 0 };
}
