/** Reads the dialects of a tenant with their hosts, without what is sealed. */
import type { Queryable, Statement } from "../database.ts";

export interface DialectRow {
  readonly dialect: string;
  readonly hosts: readonly string[];
  readonly api_key: string | null;
  readonly workspace_id: string | null;
  readonly available: boolean;
  readonly created_at: Date;
  readonly updated_at: Date;
}

const LIST_DIALECTS: Statement = {
  name: "list-dialects",
  text: `
    select d.dialect, d.created_at, d.updated_at, array(
      select host from dialect_hosts h where h.tenant_id = d.tenant_id and h.dialect = d.dialect order by host
    ) as hosts,
      (select key from dialect_keys k where k.tenant_id = d.tenant_id and k.dialect = d.dialect and k.kind = 'api')
        as api_key,
      (select key from dialect_keys k where k.tenant_id = d.tenant_id and k.dialect = d.dialect and k.kind = 'workspace')
        as workspace_id,
      coalesce(
        (select available from profile_settings s where s.tenant_id = d.tenant_id and s.profile = d.dialect), true
      ) as available
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
