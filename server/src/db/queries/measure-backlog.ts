/**
 * How far dispatch is behind, and how much waits. Reads the front of the lanes' index, the front of each visited
 * lane's due index, and the leased rows (at most what the nodes hold): its cost follows none of the backlogs.
 */
import type { Queryable, Statement } from "../database.ts";

export interface BacklogRow {
  /** Of the lane that has waited longest for its turn; null when none is late. */
  readonly late_since: Date | null;
  /** Of the oldest delivery that is due and not leased, of endpoints that are not paused. */
  readonly oldest_due_at: Date | null;
  /** Waiting deliveries, exact up to the bound that was given. */
  readonly waiting: number;
  /** Unfinished deliveries as the statistics of the database have it. */
  readonly unfinished_estimate: number;
  /** Leased to any node. */
  readonly leased: number;
  readonly nodes: number;
  /** When the oldest committed event of the inbox was published; null when it is empty. */
  readonly inbox_since: Date | null;
  /** Committed events that no node has taken, exact up to the bound that was given. */
  readonly inbox_waiting: number;
  readonly inbox_estimate: number;
  readonly inbox_set_aside: number;
}

const statement: Statement = {
  name: "measure-backlog",
  text: `
select
  (
    select next_turn_at from lanes
    where next_turn_at <= $1::timestamptz and (parked_until is null or parked_until <= $1::timestamptz)
    order by next_turn_at limit 1
  ) as late_since,
  (
    select min(f.due_at)
    from (
      select endpoint_id from lanes where next_turn_at < 'infinity' order by next_turn_at limit $2::integer
    ) l
    cross join lateral (
      select q.due_at from queue q
      where q.endpoint_id = l.endpoint_id and q.lease is null
      order by q.due_at, q.delivery_id limit 1
    ) f
    where f.due_at <= $1::timestamptz
  ) as oldest_due_at,
  -- In the order of an index, so that statistics that are behind do not lead to a scan of the table.
  (
    select count(*)
    from (
      select from queue where lease is null order by endpoint_id, due_at, delivery_id limit $3::integer
    ) w
  )::integer as waiting,
  greatest(pg_stat_get_live_tuples('queue'::regclass), 0)::bigint as unfinished_estimate,
  (
    select count(*) from (select from queue where lease is not null order by endpoint_id limit $4::integer) h
  )::integer as leased,
  (select count(*) from nodes)::integer as nodes,
  (select published_at from inbox order by id limit 1) as inbox_since,
  (select count(*) from (select from inbox order by id limit $3::integer) i)::integer as inbox_waiting,
  greatest(pg_stat_get_live_tuples('inbox'::regclass), 0)::bigint as inbox_estimate,
  (select count(*) from (select from inbox_set_aside order by id limit $3::integer) a)::integer as inbox_set_aside`,
};

/** More than a hundred nodes hold; it only keeps the planner to the index. */
const MAX_LEASED = 250_000;

/** `lanes` bounds the lanes that are looked into, `countUpTo` the waiting deliveries that are counted one by one. */
export async function measureBacklog(
  database: Queryable,
  input: { readonly now: Date; readonly lanes: number; readonly countUpTo: number },
): Promise<BacklogRow> {
  const rows = await database.query<BacklogRow>(statement, [input.now, input.lanes, input.countUpTo, MAX_LEASED]);
  const row = rows[0];
  if (row === undefined) throw new Error("Measuring the backlog returned no row.");
  return row;
}
