/** Where an event went: each of its deliveries with its endpoint, whether it has ended, and whether it can be resent. */
import type { Queryable, Statement } from "../database.ts";

export interface EventTargetRow {
  readonly delivery_id: number;
  readonly endpoint_id: string;
  readonly ended: boolean;
  /** The endpoint is neither disabled nor deleted. */
  readonly endpoint_open: boolean;
}

const LIST_EVENT_TARGETS: Statement = {
  name: "list-event-targets",
  text: `
    select s.delivery_id, s.endpoint_id, s.ended, e.deleted_at is null and e.status <> 'disabled' as endpoint_open
    from (
      select delivery_id, endpoint_id, false as ended
      from queue where tenant_id = $1::uuid and event_id = $2::bigint and delivery_id > $2::bigint
      union all
      select id, endpoint_id, true from deliveries where event_id = $2::bigint and tenant_id = $1::uuid
    ) s
    join endpoints e on e.id = s.endpoint_id
    order by s.delivery_id`,
};

export function listEventTargets(
  database: Queryable,
  of: { readonly tenantId: string; readonly eventId: number },
): Promise<EventTargetRow[]> {
  return database.query<EventTargetRow>(LIST_EVENT_TARGETS, [of.tenantId, of.eventId]);
}
