/**
 * Switches a dialect on for a tenant, or changes it: a secret that is given replaces the one that is there. Part of a
 * transaction that also writes its hosts.
 */
import type { Queryable, Statement } from "../database.ts";

const PUT_DIALECT: Statement = {
  name: "put-dialect",
  text: `
    insert into tenant_dialects (tenant_id, dialect, secret, encryption_key_id, created_at, updated_at)
    values ($1::uuid, $2::text, $3::bytea, $4::text, $5::timestamptz, $5::timestamptz)
    on conflict (tenant_id, dialect) do update
    set secret = coalesce(excluded.secret, tenant_dialects.secret),
      encryption_key_id = coalesce(excluded.encryption_key_id, tenant_dialects.encryption_key_id),
      updated_at = excluded.updated_at`,
};

export async function putDialect(
  transaction: Queryable,
  dialect: {
    readonly tenantId: string;
    readonly name: string;
    readonly secret: Uint8Array | null;
    readonly encryptionKeyId: string | null;
    readonly now: Date;
  },
): Promise<void> {
  const { tenantId, name, secret, encryptionKeyId, now } = dialect;
  await transaction.query(PUT_DIALECT, [tenantId, name, secret, encryptionKeyId, now]);
}
