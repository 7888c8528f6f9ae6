/** How many recoveries of a tenant run or are paused. Exact for whoever holds the tenant's lock. */
import type { Queryable, Statement } from "../database.ts";

const COUNT_UNFINISHED_RECOVERIES: Statement = {
  name: "count-unfinished-recoveries",
  text: `
    select count(*)::integer as recoveries from recoveries where tenant_id = $1::uuid and finished_at is null`,
};

export async function countUnfinishedRecoveries(transaction: Queryable, tenantId: string): Promise<number> {
  const rows = await transaction.query<{ recoveries: number }>(COUNT_UNFINISHED_RECOVERIES, [tenantId]);
  return rows[0]?.recoveries ?? 0;
}
