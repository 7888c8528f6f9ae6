/** Reads a page of all tenants by id, the deleted ones too: their audit logs stay. */
import type { Queryable, Statement } from "../database.ts";

export interface AuditedTenantRow {
  readonly id: string;
  readonly slug: string;
  readonly isDeleted: boolean;
}

const LIST_AUDITED_TENANTS: Statement = {
  name: "list-audited-tenants",
  text: `
    select id, slug, deleted_at is not null as "isDeleted"
    from tenants
    where $1::uuid is null or id > $1::uuid
    order by id
    limit $2::integer`,
};

export function listAuditedTenants(
  database: Queryable,
  page: { readonly after: string | null; readonly limit: number },
): Promise<AuditedTenantRow[]> {
  return database.query<AuditedTenantRow>(LIST_AUDITED_TENANTS, [page.after, page.limit]);
}
