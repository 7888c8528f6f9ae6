/**
 * Locks the head of a tenant's audit log until the end of the transaction, and makes it where it is missing. The update
 * changes nothing: it is what waits for another writer and then sees what that one left.
 */
import type { Queryable, Statement } from "../database.ts";

export interface AuditHeadRow {
  readonly number: number;
  readonly mac: Uint8Array;
}

const LOCK_AUDIT_HEAD: Statement = {
  name: "lock-audit-head",
  text: `
    insert into audit_heads (tenant_id, number, mac)
    values ($1::uuid, 0, $2::bytea)
    on conflict (tenant_id) do update set tenant_id = excluded.tenant_id
    returning number, mac`,
};

export async function lockAuditHead(
  transaction: Queryable,
  head: { readonly tenantId: string; readonly genesisMac: Uint8Array },
): Promise<AuditHeadRow> {
  const [row] = await transaction.query<AuditHeadRow>(LOCK_AUDIT_HEAD, [head.tenantId, head.genesisMac]);
  if (row === undefined) throw new Error("the audit head was neither found nor made");
  return row;
}
