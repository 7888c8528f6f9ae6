/**
 * Ends deliveries that wait for endpoints which are disabled or deleted: up to `limit` rows without a lease leave the
 * queue for the log as cancelled. Rows that another transaction holds are passed over; they are found again.
 * Found by their lanes (whatever waits has one), so its cost follows the endpoints, not the backlog.
 */
import type { Queryable, Statement } from "../database.ts";

const CANCEL_WAITING: Statement = {
  name: "cancel-waiting",
  text: `
    with waiting as materialized (
      select q.delivery_id,
        case
          when t.deleted_at is not null then 'tenant_deleted'
          when e.deleted_at is not null then 'endpoint_deleted'
          else 'endpoint_disabled'
        end as reason
      from endpoints e
      join tenants t on t.id = e.tenant_id
      join lanes l on l.endpoint_id = e.id
      join queue q on q.endpoint_id = e.id and q.lease is null
      where (e.status = 'disabled' or e.deleted_at is not null) and ($3::uuid is null or e.id = $3::uuid)
      limit $2::integer
      for update of q skip locked
    ),
    taken as (
      delete from queue q
      using waiting w
      where q.delivery_id = w.delivery_id
      returning q.*, w.reason
    )
    insert into deliveries (id, event_id, tenant_id, endpoint_id, type, source, state, reason, run, attempts, created_at,
      finished_at, last_attempt_at, last_class, last_status)
    select delivery_id, event_id, tenant_id, endpoint_id, type, source, 'cancelled', reason, run, attempts, created_at,
      $1::timestamptz, last_attempt_at, last_class, last_status
    from taken
    returning id`,
};

/** Resolves to how many deliveries were cancelled. `endpointId` narrows it to one endpoint. */
export async function cancelWaiting(
  database: Queryable,
  input: { readonly now: Date; readonly limit: number; readonly endpointId?: string },
): Promise<number> {
  const rows = await database.query(CANCEL_WAITING, [input.now, input.limit, input.endpointId ?? null]);
  return rows.length;
}
