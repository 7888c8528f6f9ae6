/**
 * Makes exactly these hosts a tenant's in a dialect. A host of another tenant stays that one's, unless it was deleted;
 * the primary key decides between two who ask at once.
 */
import type { Queryable, Statement } from "../database.ts";

const DROP_OTHER_HOSTS: Statement = {
  name: "drop-other-dialect-hosts",
  text: `
    delete from dialect_hosts
    where tenant_id = $1::uuid and dialect = $2::text and host <> all ($3::text[])`,
};

const PUT_HOSTS: Statement = {
  name: "put-dialect-hosts",
  text: `
    insert into dialect_hosts (dialect, host, tenant_id)
    select $2::text, wanted.host, $1::uuid from unnest($3::text[]) as wanted (host)
    order by wanted.host
    on conflict (dialect, host) do update set tenant_id = excluded.tenant_id
    where dialect_hosts.tenant_id = excluded.tenant_id
      or exists (select from tenants where tenants.id = dialect_hosts.tenant_id and tenants.deleted_at is not null)
    returning host`,
};

/** Resolves to the hosts that are another tenant's. */
export async function putDialectHosts(
  transaction: Queryable,
  wanted: { readonly tenantId: string; readonly dialect: string; readonly hosts: readonly string[] },
): Promise<string[]> {
  const parameters = [wanted.tenantId, wanted.dialect, wanted.hosts];
  await transaction.query(DROP_OTHER_HOSTS, parameters);
  const rows = await transaction.query<{ host: string }>(PUT_HOSTS, parameters);
  const written = new Set(rows.map((row) => row.host));
  return wanted.hosts.filter((host) => !written.has(host));
}
