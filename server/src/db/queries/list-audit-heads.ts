/** Reads a page of the heads of all audit logs, by tenant. */
import type { Queryable, Statement } from "../database.ts";

export interface TenantAuditHeadRow {
  readonly tenantId: string;
  readonly slug: string;
  readonly number: number;
  readonly mac: Uint8Array;
}

const LIST_AUDIT_HEADS: Statement = {
  name: "list-audit-heads",
  text: `
    select tenant_id as "tenantId", slug, audit_heads.number, mac
    from audit_heads
    join tenants on tenants.id = tenant_id
    where $1::uuid is null or tenant_id > $1::uuid
    order by tenant_id
    limit $2::integer`,
};

export function listAuditHeads(
  database: Queryable,
  page: { readonly after: string | null; readonly limit: number },
): Promise<TenantAuditHeadRow[]> {
  return database.query<TenantAuditHeadRow>(LIST_AUDIT_HEADS, [page.after, page.limit]);
}
