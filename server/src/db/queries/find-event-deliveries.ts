/** Finds the deliveries of an event to some endpoints, and how many of its deliveries are kept in all. */
import type { Queryable, Statement } from "../database.ts";
import { type DeliveryRow, LOG_COLUMNS, QUEUE_COLUMNS } from "./delivery-columns.ts";

const FIND_EVENT_DELIVERIES: Statement = {
  name: "find-event-deliveries",
  text: `
    with kept as materialized (
      select ${QUEUE_COLUMNS} from queue q
      where q.tenant_id = $1::uuid and q.event_id = $2::bigint and q.delivery_id > $2::bigint
      union all
      select ${LOG_COLUMNS} from deliveries d where d.event_id = $2::bigint and d.tenant_id = $1::uuid
    )
    select (select count(*) from kept)::integer as kept, found.*
    from (select) as one
    left join lateral (select * from kept where endpoint_id = any ($3::uuid[]) order by id) found on true`,
};

type FoundRow = DeliveryRow & { readonly kept: number };
type NothingFound = { readonly [Column in keyof FoundRow]: FoundRow[Column] | null };

export async function findEventDeliveries(
  database: Queryable,
  of: { readonly tenantId: string; readonly eventId: number; readonly endpointIds: readonly string[] },
): Promise<{ readonly deliveries: readonly DeliveryRow[]; readonly kept: number }> {
  const rows = await database.query<FoundRow | NothingFound>(FIND_EVENT_DELIVERIES, [
    of.tenantId,
    of.eventId,
    of.endpointIds,
  ]);
  return { deliveries: rows.filter((row): row is FoundRow => row.id !== null), kept: rows[0]?.kept ?? 0 };
}
