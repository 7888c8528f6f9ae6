/**
 * Reads deliveries newest first, queue and log as one list. Only the tenant, the endpoint and the event lead into an
 * index; the other filters run over a window of the newest rows there, so that a filter which matches nothing costs the
 * window and not the table. `floor` is how far down the window reached: everything from there on up has been seen.
 *
 * The queue has no index by endpoint and id (it is the hot table); there an endpoint's rows are found in the window of
 * its tenant's. An event's deliveries are bounded by its endpoints and need no window.
 */
import type { Queryable, Statement } from "../database.ts";
import { type DeliveryRow, LOG_COLUMNS, QUEUE_COLUMNS } from "./delivery-columns.ts";

export interface DeliveryFilters {
  readonly endpointId: string | null;
  readonly state: string | null;
  readonly type: string | null;
  readonly class: string | null;
  readonly status: number | null;
  readonly sources: readonly string[] | null;
  readonly createdAfter: Date | null;
  readonly createdBefore: Date | null;
}

export interface DeliveryScan extends DeliveryFilters {
  readonly tenantId: string;
  readonly eventId: number | null;
  /** Only deliveries with a smaller id. */
  readonly below: number;
  readonly limit: number;
  /** How many rows are looked at in the queue, and in the log. */
  readonly queueWindow: number;
  readonly logWindow: number;
}

export interface ScannedDeliveries {
  readonly rows: readonly DeliveryRow[];
  /** Null: the scan reached the end. */
  readonly floor: number | null;
  readonly floorCreatedAt: Date | null;
}

/** Parameters 4 to 11, the same in all three statements, over the rows of `of`. */
const matches = (of: string): string => `($4::uuid is null or ${of}.endpoint_id = $4::uuid)
          and ($6::text is null or ${of}.type = $6::text) and ($7::text is null or ${of}.last_class = $7::text)
          and ($8::integer is null or ${of}.last_status = $8::integer)
          and ($9::text[] is null or ${of}.source = any ($9::text[]))
          and ($10::timestamptz is null or ${of}.created_at >= $10::timestamptz)
          and ($11::timestamptz is null or ${of}.created_at < $11::timestamptz)`;

/** A state belongs to one of the two tables; the other is not looked at. */
const IN_QUEUE = "coalesce($5::text in ('pending', 'in_flight'), true)";
const IN_LOG = "coalesce($5::text not in ('pending', 'in_flight'), true)";
const QUEUE_MATCHES = `($5::text is null or (q.lease is null) = ($5::text = 'pending')) and ${matches("q")}`;
const LOG_MATCHES = `($5::text is null or d.state = $5::text) and ${matches("d")}`;

/**
 * How far down the windows reach is read from the indexes alone; a row is fetched only to be looked at, and none after
 * the page is full.
 */
function windowed(name: string, logIndex: string): Statement {
  const hot = `${IN_QUEUE} and q.tenant_id = $1::uuid and q.delivery_id < $2::bigint`;
  const logged = `${IN_LOG} and ${logIndex} and d.tenant_id = $1::uuid and d.id < $2::bigint`;
  return {
    name,
    text: `
    with reached as materialized (
      select greatest(
        (select q.delivery_id from queue q where ${hot} order by q.delivery_id desc offset $12::integer - 1 limit 1),
        (select d.id from deliveries d where ${logged} order by d.id desc offset $13::integer - 1 limit 1)
      ) as floor
    )
    select reached.floor, coalesce(
        (select q.created_at from queue q where q.delivery_id = reached.floor),
        (select d.created_at from deliveries d where d.id = reached.floor)) as floor_created_at, found.*
    from reached
    left join lateral (
      (
        select ${QUEUE_COLUMNS} from queue q
        where ${hot} and q.delivery_id >= coalesce(reached.floor, 0) and ${QUEUE_MATCHES}
        order by q.delivery_id desc limit $3::integer
      )
      union all
      (
        select ${LOG_COLUMNS} from deliveries d
        where ${logged} and d.id >= coalesce(reached.floor, 0) and ${LOG_MATCHES}
        order by d.id desc limit $3::integer
      )
      order by id desc limit $3::integer
    ) found on true
    order by found.id desc`,
  };
}

const BY_TENANT = windowed("list-deliveries-by-tenant", "true");
const BY_ENDPOINT = windowed("list-deliveries-by-endpoint", "d.endpoint_id = $4::uuid");

const BY_EVENT: Statement = {
  name: "list-deliveries-by-event",
  text: `
    select null::bigint as floor, null::timestamptz as floor_created_at, seen.*
    from (
      select ${QUEUE_COLUMNS} from queue q
      where ${IN_QUEUE} and q.tenant_id = $1::uuid and q.event_id = $12::bigint
        -- A delivery's id is drawn after its event's.
        and q.delivery_id > $12::bigint and q.delivery_id < $2::bigint and ${QUEUE_MATCHES}
      union all
      select ${LOG_COLUMNS} from deliveries d
      where ${IN_LOG} and d.tenant_id = $1::uuid and d.event_id = $12::bigint and d.id < $2::bigint and ${LOG_MATCHES}
    ) seen
    order by id desc limit $3::integer`,
};

type FoundRow = DeliveryRow & { readonly floor: number | null; readonly floor_created_at: Date | null };
type NothingFound = { readonly [Column in keyof FoundRow]: FoundRow[Column] | null };

export async function listDeliveries(database: Queryable, scan: DeliveryScan): Promise<ScannedDeliveries> {
  const { statement, reach } = planScan(scan);
  const rows = await database.query<FoundRow | NothingFound>(statement, [
    scan.tenantId,
    scan.below,
    scan.limit,
    scan.endpointId,
    scan.state,
    scan.type,
    scan.class,
    scan.status,
    scan.sources,
    scan.createdAfter,
    scan.createdBefore,
    ...reach,
  ]);
  return {
    rows: rows.filter((row): row is FoundRow => row.id !== null),
    floor: rows[0]?.floor ?? null,
    floorCreatedAt: rows[0]?.floor_created_at ?? null,
  };
}

function planScan(scan: DeliveryScan): { statement: Statement; reach: readonly number[] } {
  if (scan.eventId !== null) return { statement: BY_EVENT, reach: [scan.eventId] };
  const statement = scan.endpointId === null ? BY_TENANT : BY_ENDPOINT;
  return { statement, reach: [scan.queueWindow, scan.logWindow] };
}
