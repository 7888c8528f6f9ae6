/**
 * Takes the leases of nodes that are silent since before `silentBefore` (or of the given node, which goes by itself)
 * and makes their deliveries due now. What was in flight there may have reached its receiver: it is repeated, which
 * is the promise (at least once). The node's row goes, so that its next heartbeat tells it.
 *
 * A heartbeat that lies in the future is from before the database's clock was set back: its node has said nothing since.
 *
 * A lease counts as lost where its node has no row, whoever took the row away: a node that froze in the middle of a
 * commit can write a lease after it was declared dead.
 */
import type { Queryable, Statement } from "../database.ts";

const statement: Statement = {
  name: "rescue-leases",
  text: `
with gone as (
  delete from nodes
  where id = $3::integer or ($3::integer is null
    and (heartbeat_at < $2::timestamptz or heartbeat_at > $4::timestamptz))
  returning id
),
lost as materialized (
  select delivery_id, lease from leased_anywhere()
  where case
    when $3::integer is null then (lease >> 32) not in (
      select id from nodes where heartbeat_at >= $2::timestamptz and heartbeat_at <= $4::timestamptz)
    else (lease >> 32) = $3::integer
  end
),
rescued as (
  -- The lease again: a row that was recorded and leased anew in this moment is not taken from its new owner.
  -- By key alone, for the reason that record-attempts gives.
  update queue q set lease = null, due_at = $1::timestamptz
  from lost where q.delivery_id = lost.delivery_id and coalesce(q.lease, 0) = lost.lease
    and q.delivery_id = any (array(select delivery_id from lost))
  returning q.endpoint_id
),
laned as (
  insert into lanes (endpoint_id, next_turn_at)
  select endpoint_id, $1::timestamptz from rescued group by endpoint_id order by endpoint_id
  on conflict (endpoint_id) do update
    set next_turn_at = greatest(least(lanes.next_turn_at, excluded.next_turn_at), lanes.parked_until), capped = false
)
select (select count(*) from gone)::integer as nodes, (select count(*) from rescued)::integer as deliveries`,
};

/** No node's measure of the database's clock is wrong by so much. */
const FUTURE_MS = 60_000;

export async function rescueLeases(
  database: Queryable,
  input: { readonly now: Date; readonly silentBefore: Date; readonly nodeId?: number },
): Promise<{ nodes: number; deliveries: number }> {
  const rows = await database.query<{ nodes: number; deliveries: number }>(statement, [
    input.now,
    input.silentBefore,
    input.nodeId ?? null,
    new Date(input.now.getTime() + FUTURE_MS),
  ]);
  return rows[0] ?? { nodes: 0, deliveries: 0 };
}
