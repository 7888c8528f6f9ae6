/** Ends one waiting delivery because somebody asked for it: out of the queue, into the log. Leased rows are left. */
import type { Queryable, Statement } from "../database.ts";

const CANCEL_DELIVERY: Statement = {
  name: "cancel-delivery",
  text: `
    with taken as (
      delete from queue
      where delivery_id = $2::bigint and tenant_id = $1::uuid and lease is null
      returning *
    )
    insert into deliveries (id, event_id, tenant_id, endpoint_id, type, source, state, reason, run, attempts, created_at,
      finished_at, last_attempt_at, last_class, last_status)
    select delivery_id, event_id, tenant_id, endpoint_id, type, source, 'cancelled', 'requested', run, attempts,
      created_at, $3::timestamptz, last_attempt_at, last_class, last_status
    from taken
    returning id`,
};

/** Resolves to whether the delivery was waiting. */
export async function cancelDelivery(
  database: Queryable,
  delivery: { readonly tenantId: string; readonly deliveryId: number; readonly now: Date },
): Promise<boolean> {
  const rows = await database.query(CANCEL_DELIVERY, [delivery.tenantId, delivery.deliveryId, delivery.now]);
  return rows.length > 0;
}
