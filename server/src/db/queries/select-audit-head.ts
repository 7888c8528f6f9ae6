/** Reads the head of a tenant's audit log; null where nothing was recorded yet. */
import type { Queryable, Statement } from "../database.ts";
import type { AuditHeadRow } from "./lock-audit-head.ts";

const SELECT_AUDIT_HEAD: Statement = {
  name: "select-audit-head",
  text: "select number, mac from audit_heads where tenant_id = $1::uuid",
};

export async function selectAuditHead(database: Queryable, tenantId: string): Promise<AuditHeadRow | null> {
  const rows = await database.query<AuditHeadRow>(SELECT_AUDIT_HEAD, [tenantId]);
  return rows[0] ?? null;
}
