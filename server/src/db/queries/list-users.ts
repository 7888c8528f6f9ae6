/** Reads a page of a tenant's users who are not revoked, newest first; the id orders those of one millisecond. */
import type { Queryable, Statement } from "../database.ts";
import { USER_COLUMNS, type UserRow } from "./user-columns.ts";

const LIST_USERS: Statement = {
  name: "list-users",
  text: `
    select ${USER_COLUMNS}
    from users
    where tenant_id = $1::uuid
      and revoked_at is null
      and ($2::timestamptz is null or (created_at, id) < ($2::timestamptz, $3::uuid))
    order by created_at desc, id desc
    limit $4::integer`,
};

export function listUsers(
  database: Queryable,
  page: {
    readonly tenantId: string;
    readonly after: { readonly createdAt: Date; readonly id: string } | null;
    readonly limit: number;
  },
): Promise<UserRow[]> {
  const { tenantId, after, limit } = page;
  return database.query<UserRow>(LIST_USERS, [tenantId, after?.createdAt ?? null, after?.id ?? null, limit]);
}
