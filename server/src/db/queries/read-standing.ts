/** What unfinished deliveries wait for: the node that has them, or what their lane and endpoint say. */
import type { Queryable, Statement } from "../database.ts";

export interface StandingRow {
  readonly delivery_id: number;
  /** Set: leased to this node. The node is gone where it has no host. */
  readonly node_id: number | null;
  readonly host: string | null;
  readonly pid: number | null;
  readonly heartbeat_at: Date | null;
  readonly due_at: Date;
  readonly last_class: string | null;
  readonly endpoint_status: "active" | "paused" | "disabled";
  readonly endpoint_reason: string | null;
  readonly endpoint_changed_at: Date;
  readonly endpoint_deleted: boolean;
  /** Until when the whole endpoint is held back; null when it is not, or for good. */
  readonly parked_until: Date | null;
  /** Its in-flight cap holds it back. */
  readonly capped: boolean;
  /** Deliveries of the endpoint that are due before this one. */
  readonly ahead: number;
}

const statement: Statement = {
  name: "read-standing",
  text: `
select q.delivery_id, (q.lease >> 32)::integer as node_id, n.host, n.pid, n.heartbeat_at, q.due_at, q.last_class,
  e.status as endpoint_status, e.status_reason as endpoint_reason, e.status_changed_at as endpoint_changed_at,
  e.deleted_at is not null as endpoint_deleted, nullif(l.parked_until, 'infinity') as parked_until,
  coalesce(l.capped, false) as capped,
  (
    select count(*) from (
      select from queue a
      where a.endpoint_id = q.endpoint_id and a.lease is null and (a.due_at, a.delivery_id) < (q.due_at, q.delivery_id)
      order by a.due_at, a.delivery_id limit $3::integer
    ) before
  )::integer as ahead
from queue q
join endpoints e on e.id = q.endpoint_id
left join lanes l on l.endpoint_id = q.endpoint_id
left join nodes n on n.id = q.lease >> 32
where q.tenant_id = $1::uuid and q.delivery_id = any ($2::bigint[])`,
};

/** `countUpTo` bounds `ahead`. */
export async function readStanding(
  database: Queryable,
  of: { readonly tenantId: string; readonly deliveryIds: readonly number[]; readonly countUpTo: number },
): Promise<StandingRow[]> {
  return database.query<StandingRow>(statement, [of.tenantId, of.deliveryIds, of.countUpTo]);
}
