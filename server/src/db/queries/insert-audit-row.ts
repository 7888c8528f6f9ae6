/** Adds a row to a tenant's audit log and moves the head on to it. The caller holds the head's lock. */
import type { Queryable, Statement } from "../database.ts";

const INSERT_AUDIT_ROW: Statement = {
  name: "insert-audit-row",
  text: `
    with moved as (
      update audit_heads set number = $2::bigint, mac = $13::bytea where tenant_id = $1::uuid
    )
    insert into audit_log
      (tenant_id, number, at, actor, address, request_id, action, subject, reason, before, after, key_id, mac)
    values (
      $1::uuid, $2::bigint, $3::timestamptz, $4::text, $5::text, $6::text, $7::text, $8::text, $9::text,
      $10::text::json, $11::text::json, $12::text, $13::bytea
    )`,
};

export async function insertAuditRow(
  transaction: Queryable,
  row: {
    readonly tenantId: string;
    readonly number: number;
    readonly at: Date;
    readonly actor: string;
    readonly address: string | null;
    readonly requestId: string | null;
    readonly action: string;
    readonly subject: string;
    readonly reason: string | null;
    /** JSON text, stored as it is. */
    readonly before: string | null;
    readonly after: string | null;
    readonly keyId: string;
    readonly mac: Uint8Array;
  },
): Promise<void> {
  await transaction.query(INSERT_AUDIT_ROW, [
    row.tenantId,
    row.number,
    row.at,
    row.actor,
    row.address,
    row.requestId,
    row.action,
    row.subject,
    row.reason,
    row.before,
    row.after,
    row.keyId,
    row.mac,
  ]);
}
