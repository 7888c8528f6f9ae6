/** Forgets what failures have shown of endpoints: somebody resumed them, so they start afresh. */
import type { Queryable, Statement } from "../database.ts";

const CLEAR_HEALTH: Statement = {
  name: "clear-health",
  text: `
    with suffering as materialized (
      select endpoint_id from endpoint_health where endpoint_id = any ($1::uuid[]) order by endpoint_id for update
    )
    update endpoint_health h
    set failing_since = null, consecutive_failures = 0, failed_deliveries = 0, warned_at = null
    from suffering s
    where h.endpoint_id = s.endpoint_id`,
};

export async function clearHealth(transaction: Queryable, endpointIds: readonly string[]): Promise<void> {
  await transaction.query(CLEAR_HEALTH, [endpointIds]);
}
