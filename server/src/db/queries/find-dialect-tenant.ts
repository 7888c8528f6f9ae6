/**
 * Finds the tenant that a request in a dialect means: the one whose host it names, otherwise the one with the slug. Only
 * tenants that stand and have switched the dialect on are found. A host that is another tenant's is never overruled by
 * the slug.
 */
import type { Queryable, Statement } from "../database.ts";

export interface DialectTenantRow {
  readonly tenant_id: string;
  readonly by_host: boolean;
}

const FIND_DIALECT_TENANT: Statement = {
  name: "find-dialect-tenant",
  text: `
    select tenant_id, by_host
    from (
      select h.tenant_id, true as by_host
      from dialect_hosts h
      join tenants t on t.id = h.tenant_id and t.deleted_at is null
      where h.dialect = $1::text and h.host = $2::text
      union all
      select d.tenant_id, false
      from tenants t
      join tenant_dialects d on d.tenant_id = t.id and d.dialect = $1::text
      where t.slug = $3::text and t.deleted_at is null
    ) found
    order by by_host desc
    limit 1`,
};

export async function findDialectTenant(
  database: Queryable,
  by: { readonly dialect: string; readonly host: string | null; readonly slug: string | null },
): Promise<DialectTenantRow | null> {
  const rows = await database.query<DialectTenantRow>(FIND_DIALECT_TENANT, [by.dialect, by.host, by.slug]);
  return rows[0] ?? null;
}
