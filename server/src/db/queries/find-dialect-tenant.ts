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
    select t.id as tenant_id, h.host is not null as by_host
    from tenant_dialects d
    join tenants t on t.id = d.tenant_id and t.deleted_at is null
    left join dialect_hosts h on h.tenant_id = d.tenant_id and h.dialect = d.dialect and h.host = $2::text
    where d.dialect = $1::text and (h.host is not null or t.slug = $3::text)
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
