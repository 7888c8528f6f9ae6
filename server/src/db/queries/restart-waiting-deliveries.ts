/**
 * Starts a new run of an endpoint's deliveries of some events that wait: all their tries again, the first of them now.
 * Leased rows are left.
 */
import type { Queryable, Statement } from "../database.ts";

const RESTART_WAITING_DELIVERIES: Statement = {
  name: "restart-waiting-deliveries",
  text: `
    update queue
    set run = run + 1, attempts = 0, deferrals = 0, due_at = $4::timestamptz, run_started_at = $4::timestamptz,
      source = case source when 'publish' then 'resend' else source end
    where endpoint_id = $2::uuid and tenant_id = $1::uuid and event_id = any ($3::bigint[]) and lease is null
    returning delivery_id`,
};

/** Resolves to how many were waiting. Lock the lane before: a claim locks the lane, then the row. */
export async function restartWaitingDeliveries(
  transaction: Queryable,
  restart: {
    readonly tenantId: string;
    readonly endpointId: string;
    readonly eventIds: readonly number[];
    readonly now: Date;
  },
): Promise<number> {
  const { tenantId, endpointId, eventIds, now } = restart;
  const rows = await transaction.query(RESTART_WAITING_DELIVERIES, [tenantId, endpointId, eventIds, now]);
  return rows.length;
}
