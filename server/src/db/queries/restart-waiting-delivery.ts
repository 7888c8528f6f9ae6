/** Starts a new run of a delivery that waits: all its tries again, the first of them now. Leased rows are left. */
import type { Queryable, Statement } from "../database.ts";

const RESTART_WAITING_DELIVERY: Statement = {
  name: "restart-waiting-delivery",
  text: `
    update queue
    set run = run + 1, attempts = 0, deferrals = 0, due_at = $3::timestamptz, run_started_at = $3::timestamptz,
      source = case source when 'publish' then 'resend' else source end
    where delivery_id = $2::bigint and tenant_id = $1::uuid and lease is null
    returning delivery_id`,
};

/** Resolves to whether the delivery was waiting. Lock its lane before: a claim locks the lane, then the row. */
export async function restartWaitingDelivery(
  transaction: Queryable,
  delivery: { readonly tenantId: string; readonly deliveryId: number; readonly now: Date },
): Promise<boolean> {
  const rows = await transaction.query(RESTART_WAITING_DELIVERY, [
    delivery.tenantId,
    delivery.deliveryId,
    delivery.now,
  ]);
  return rows.length > 0;
}
