/**
 * Makes a key a tenant's in a dialect, in place of the one of its kind that it had. A key of another tenant stays that
 * one's, unless it was deleted; the primary key decides between two who ask at once.
 */
import type { Queryable, Statement } from "../database.ts";

export type DialectKeyKind = "api" | "workspace";

const DROP_OTHER: Statement = {
  name: "drop-other-dialect-key",
  text: `
    delete from dialect_keys
    where tenant_id = $1::uuid and dialect = $2::text and kind = $3::text and key <> $4::text`,
};

const PUT: Statement = {
  name: "put-dialect-key",
  text: `
    insert into dialect_keys (tenant_id, dialect, kind, key)
    values ($1::uuid, $2::text, $3::text, $4::text)
    on conflict (dialect, kind, key) do update set tenant_id = excluded.tenant_id
    where dialect_keys.tenant_id = excluded.tenant_id
      or exists (select from tenants where tenants.id = dialect_keys.tenant_id and tenants.deleted_at is not null)
    returning key`,
};

/** False: the key is another tenant's. */
export async function putDialectKey(
  transaction: Queryable,
  wanted: { readonly tenantId: string; readonly dialect: string; readonly kind: DialectKeyKind; readonly key: string },
): Promise<boolean> {
  const parameters = [wanted.tenantId, wanted.dialect, wanted.kind, wanted.key];
  await transaction.query(DROP_OTHER, parameters);
  return (await transaction.query(PUT, parameters)).length > 0;
}
