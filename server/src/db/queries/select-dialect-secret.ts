/** Reads the sealed secret of a tenant's dialect. */
import type { Queryable, Statement } from "../database.ts";

export interface SealedDialectSecret {
  readonly secret: Uint8Array;
  readonly encryption_key_id: string;
}

const SELECT_DIALECT_SECRET: Statement = {
  name: "select-dialect-secret",
  text: `
    select secret, encryption_key_id from tenant_dialects
    where tenant_id = $1::uuid and dialect = $2::text and secret is not null`,
};

/** Null when the dialect is not switched on, or has no secret. */
export async function selectDialectSecret(
  database: Queryable,
  by: { readonly tenantId: string; readonly name: string },
): Promise<SealedDialectSecret | null> {
  const rows = await database.query<SealedDialectSecret>(SELECT_DIALECT_SECRET, [by.tenantId, by.name]);
  return rows[0] ?? null;
}
