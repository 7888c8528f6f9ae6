/**
 * Writes dialect secrets that were sealed anew. One that was changed since it was read is left alone; a row that somebody
 * holds is passed over.
 */
import type { Queryable, Statement } from "../database.ts";

export interface ResealedDialectSecret {
  readonly tenantId: string;
  readonly name: string;
  /** The sealed value that was read. */
  readonly before: Uint8Array;
  readonly secret: Uint8Array;
  readonly encryptionKeyId: string;
}

const REPLACE_SEALED_DIALECT_SECRETS: Statement = {
  name: "replace-sealed-dialect-secrets",
  text: `
    with resealed as materialized (
      select *
      from unnest($1::uuid[], $2::text[], $3::bytea[], $4::bytea[], $5::text[])
        as resealed (tenant_id, dialect, before, secret, key_id)
    ),
    locked as materialized (
      select resealed.*
      from tenant_dialects join resealed using (tenant_id, dialect)
      where tenant_dialects.secret = resealed.before
      for no key update of tenant_dialects skip locked
    )
    update tenant_dialects
    set secret = locked.secret, encryption_key_id = locked.key_id
    from locked
    where tenant_dialects.tenant_id = locked.tenant_id and tenant_dialects.dialect = locked.dialect
    returning tenant_dialects.dialect`,
};

/** Resolves to how many were written. */
export async function replaceSealedDialectSecrets(
  database: Queryable,
  resealed: readonly ResealedDialectSecret[],
): Promise<number> {
  const rows = await database.query(REPLACE_SEALED_DIALECT_SECRETS, [
    resealed.map((dialect) => dialect.tenantId),
    resealed.map((dialect) => dialect.name),
    resealed.map((dialect) => dialect.before),
    resealed.map((dialect) => dialect.secret),
    resealed.map((dialect) => dialect.encryptionKeyId),
  ]);
  return rows.length;
}
