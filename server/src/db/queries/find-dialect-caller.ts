/** Finds the tenant that a key of a dialect names, and the token of its kind there that has a hash. */
import type { Queryable, Statement } from "../database.ts";
import type { DialectKeyKind } from "./put-dialect-key.ts";

export interface DialectCallerRow {
  readonly tenant_id: string;
  /** Null: the tenant has no such token. */
  readonly token_id: string | null;
}

const FIND_DIALECT_CALLER: Statement = {
  name: "find-dialect-caller",
  text: `
    select k.tenant_id, o.id as token_id
    from dialect_keys k
    join tenants t on t.id = k.tenant_id and t.deleted_at is null
    left join dialect_tokens o on o.tenant_id = k.tenant_id and o.dialect = k.dialect and o.kind = k.kind
      and o.hash = $4::bytea
    where k.dialect = $1::text and k.kind = $2::text and k.key = $3::text`,
};

/** Null when the key names no tenant. */
export async function findDialectCaller(
  database: Queryable,
  by: { readonly dialect: string; readonly kind: DialectKeyKind; readonly key: string; readonly hash: Uint8Array },
): Promise<DialectCallerRow | null> {
  const rows = await database.query<DialectCallerRow>(FIND_DIALECT_CALLER, [by.dialect, by.kind, by.key, by.hash]);
  return rows[0] ?? null;
}
