/** Reads a tenant's tokens of one kind in a dialect, still sealed, oldest first. */
import type { Queryable, Statement } from "../database.ts";
import type { DialectKeyKind } from "./put-dialect-key.ts";

export interface DialectTokenRow {
  readonly id: string;
  readonly name: string;
  readonly sealed: Uint8Array;
  readonly encryption_key_id: string;
}

const LIST_DIALECT_TOKENS: Statement = {
  name: "list-dialect-tokens",
  text: `
    select id, name, sealed, encryption_key_id
    from dialect_tokens
    where tenant_id = $1::uuid and dialect = $2::text and kind = $3::text
    order by created_at, id`,
};

export function listDialectTokens(
  database: Queryable,
  of: { readonly tenantId: string; readonly dialect: string; readonly kind: DialectKeyKind },
): Promise<DialectTokenRow[]> {
  return database.query<DialectTokenRow>(LIST_DIALECT_TOKENS, [of.tenantId, of.dialect, of.kind]);
}
