/** Forgets what failures have shown of an endpoint: somebody resumed it, so it starts afresh. */
import type { Queryable, Statement } from "../database.ts";

const CLEAR_ENDPOINT_HEALTH: Statement = {
  name: "clear-endpoint-health",
  text: `
    update endpoint_health
    set failing_since = null, consecutive_failures = 0, failed_deliveries = 0, warned_at = null
    where endpoint_id = $1::uuid`,
};

export async function clearEndpointHealth(transaction: Queryable, endpointId: string): Promise<void> {
  await transaction.query(CLEAR_ENDPOINT_HEALTH, [endpointId]);
}
