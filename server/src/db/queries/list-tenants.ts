/** Reads a page of tenants, newest first. `number` rises with each tenant, so it is the position too. */
import type { Queryable, Statement } from "../database.ts";
import type { TenantRow } from "./select-tenant.ts";

const LIST_TENANTS: Statement = {
  name: "list-tenants",
  text: `
    select id, number, slug, name, tier, metadata, created_at, updated_at
    from tenants
    where deleted_at is null and ($1::integer is null or number < $1::integer)
    order by number desc
    limit $2::integer`,
};

export function listTenants(
  database: Queryable,
  page: { readonly after: number | null; readonly limit: number },
): Promise<TenantRow[]> {
  return database.query<TenantRow>(LIST_TENANTS, [page.after, page.limit]);
}
