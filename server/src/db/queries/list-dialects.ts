/** Reads the dialects of a tenant with their hosts, without what is sealed. */
import type { Queryable, Statement } from "../database.ts";

export interface DialectRow {
  readonly dialect: string;
  readonly hosts: readonly string[];
  readonly created_at: Date;
  readonly updated_at: Date;
}

const LIST_DIALECTS: Statement = {
  name: "list-dialects",
  text: `
    select d.dialect, d.created_at, d.updated_at, array(
      select host from dialect_hosts h where h.tenant_id = d.tenant_id and h.dialect = d.dialect order by host
    ) as hosts
    from tenant_dialects d
    where d.tenant_id = $1::uuid and ($2::text is null or d.dialect = $2::text)
    order by d.dialect`,
};

/** All of them, or the one named. */
export function listDialects(
  database: Queryable,
  of: { readonly tenantId: string; readonly name: string | null },
): Promise<DialectRow[]> {
  return database.query<DialectRow>(LIST_DIALECTS, [of.tenantId, of.name]);
}
