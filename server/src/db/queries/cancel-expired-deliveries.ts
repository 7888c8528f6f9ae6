/**
 * Ends unfinished deliveries whose events retention takes away: out of the hot table, into the log as `cancelled`,
 * reason `retention`. Leased ones too: the lease fences, so a node that still sends one records nothing.
 */
import type { Queryable, Statement } from "../database.ts";

/**
 * @param options.beforeEventId Ends deliveries of events with a smaller id.
 * @param options.limit At most so many; null for all.
 * @returns How many ended.
 */
export async function cancelExpiredDeliveries(
  queryable: Queryable,
  options: { readonly beforeEventId: number; readonly now: Date; readonly limit: number | null },
): Promise<number> {
  const rows = await queryable.query<{ cancelled: number }>(CANCEL, [
    options.beforeEventId,
    options.now,
    options.limit,
  ]);
  return rows[0]?.cancelled ?? 0;
}

const CANCEL: Statement = {
  name: "cancel-expired-deliveries",
  text: `with expired as materialized (
  select delivery_id from queue
  where event_id < $1::bigint
  order by delivery_id
  limit $3::bigint
  for update
),
gone as (
  delete from queue using expired
  where queue.delivery_id = expired.delivery_id
  returning queue.*
),
logged as (
  insert into deliveries (id, event_id, tenant_id, endpoint_id, type, source, state, reason, run, attempts,
    created_at, finished_at, last_attempt_at, last_class, last_status)
  select delivery_id, event_id, tenant_id, endpoint_id, type, source, 'cancelled', 'retention', run, attempts,
    created_at, $2::timestamptz, last_attempt_at, last_class, last_status
  from gone
  returning 1
)
select count(*) as cancelled from logged`,
};
