/**
 * Makes deliveries that wait, by the million: the rows that `store-events` writes for single events whose one delivery
 * waits (an event, a queue row without a lease, a lane), a chunk in one commit. The endpoint is paused meanwhile, so
 * nothing is claimed of half a backlog; its lane is there from the first chunk on, as it is after any store.
 */
import type { Database, Statement } from "../../server/src/db/database.ts";
import { MICROS_MARK, SEQUENCE_DIGITS, SEQUENCE_MARK } from "../payload.ts";

export interface Backlog {
  readonly endpointId: string;
  readonly rows: number;
  /** Of the first event; the others count up. */
  readonly firstSequence: number;
  readonly type: string;
  readonly now: Date;
}

/** A second or some a chunk, far below the timeout of a statement. */
const CHUNK = 20_000;

const LOAD: Statement = {
  name: "bench-load-backlog",
  text: `
with numbered as materialized (
  select sequence, nextval('ids') as event_id, nextval('ids') as delivery_id
  from generate_series($2::bigint, $2::bigint + $3::bigint - 1) as sequence
),
stored as (
  insert into events (id, tenant_id, type, source, data, deliveries, created_at)
  select n.event_id, e.tenant_id, $4::text, 'publish', convert_to('{${SEQUENCE_MARK}'
    || lpad(n.sequence::text, ${SEQUENCE_DIGITS}, '0') || '",${MICROS_MARK}0000000000000000"}', 'utf8'), 1, $5::timestamptz
  from numbered n cross join (select tenant_id from endpoints where id = $1::uuid) e
),
queued as (
  insert into queue (delivery_id, event_id, tenant_id, endpoint_id, type, source, due_at, created_at, run_started_at)
  select n.delivery_id, n.event_id, e.tenant_id, e.id, $4::text, 'publish', $5::timestamptz, $5::timestamptz, $5::timestamptz
  from numbered n cross join (select id, tenant_id from endpoints where id = $1::uuid) e
)
insert into lanes (endpoint_id, next_turn_at) values ($1::uuid, $5::timestamptz)
on conflict (endpoint_id) do nothing`,
};

/** @param backlog.endpointId as the database knows it. */
export async function loadBacklog(database: Database, backlog: Backlog): Promise<void> {
  const { endpointId, rows, firstSequence, type, now } = backlog;
  for (let done = 0; done < rows; done += CHUNK) {
    const count = Math.min(CHUNK, rows - done);
    await database.query(LOAD, [endpointId, firstSequence + done, count, type, now]);
  }
  // Checkpointed where the role may: writing the load to the disk is not what is measured.
  await database.script("set statement_timeout = 0; analyze queue");
  await database.script("set statement_timeout = 0; checkpoint").catch(() => {});
}

const COUNT: Statement = {
  name: "bench-count-deliveries",
  text: `select (select count(*) from queue where endpoint_id = $1::uuid) as waiting,
    (select count(*) from deliveries where endpoint_id = $1::uuid and state = 'succeeded') as succeeded`,
};

/** What became of an endpoint's deliveries. */
export async function countDeliveries(
  database: Database,
  endpointId: string,
): Promise<{ readonly waiting: number; readonly succeeded: number }> {
  const [row] = await database.query<{ waiting: number; succeeded: number }>(COUNT, [endpointId]);
  return row ?? { waiting: 0, succeeded: 0 };
}
