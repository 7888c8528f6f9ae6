/** The number of the last row that really stands in a tenant's audit log, whatever its head says; 0 without rows. */
import type { Queryable, Statement } from "../database.ts";

const FIND_LAST_AUDIT_NUMBER: Statement = {
  name: "find-last-audit-number",
  text: "select coalesce(max(number), 0) as number from audit_log where tenant_id = $1::uuid",
};

export async function findLastAuditNumber(database: Queryable, tenantId: string): Promise<number> {
  const rows = await database.query<{ number: number }>(FIND_LAST_AUDIT_NUMBER, [tenantId]);
  return rows[0]?.number ?? 0;
}
