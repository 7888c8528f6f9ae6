/**
 * Starts a new run of deliveries that have ended: each row leaves the log for the queue under its own id, due now. Two
 * who resend the same delivery at once meet on its row; the second finds it gone. Left out are deliveries whose event is
 * past its retention and those of endpoints that are disabled or deleted.
 */
import type { Queryable, Statement } from "../database.ts";

const REQUEUE_DELIVERIES: Statement = {
  name: "requeue-deliveries",
  text: `
    with taken as (
      delete from deliveries d
      using endpoints e
      where d.id = any ($2::bigint[]) and d.tenant_id = $1::uuid
        and e.id = d.endpoint_id and e.deleted_at is null and e.status <> 'disabled'
        and exists (select from events v where v.id = d.event_id)
      returning d.*
    )
    insert into queue (delivery_id, event_id, tenant_id, endpoint_id, type, source, run, due_at, created_at,
      run_started_at, last_attempt_at, last_class, last_status)
    select id, event_id, tenant_id, endpoint_id, type, case source when 'publish' then 'resend' else source end, run + 1,
      $3::timestamptz, created_at, $3::timestamptz, last_attempt_at, last_class, last_status
    from taken
    order by id
    returning endpoint_id`,
};

/** Resolves to the endpoints of the moved deliveries, once for each; turn their lanes in the same transaction. */
export async function requeueDeliveries(
  transaction: Queryable,
  resend: { readonly tenantId: string; readonly deliveryIds: readonly number[]; readonly now: Date },
): Promise<string[]> {
  const rows = await transaction.query<{ endpoint_id: string }>(REQUEUE_DELIVERIES, [
    resend.tenantId,
    resend.deliveryIds,
    resend.now,
  ]);
  return rows.map((row) => row.endpoint_id);
}
