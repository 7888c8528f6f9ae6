/**
 * Makes deliveries due again that carry one of these leases, and gives their lanes a turn. They were leased by a commit
 * whose answer was lost, so that no node holds them and none was sent.
 */
import type { Queryable, Statement } from "../database.ts";

const statement: Statement = {
  name: "release-leases",
  text: `
with released as (
  update queue set lease = null, due_at = $1::timestamptz
  where lease is not null and lease = any ($2::bigint[])
  returning endpoint_id, lease
),
laned as (
  insert into lanes (endpoint_id, next_turn_at)
  select endpoint_id, $1::timestamptz from released group by endpoint_id order by endpoint_id
  on conflict (endpoint_id) do update
    set next_turn_at = greatest(least(lanes.next_turn_at, excluded.next_turn_at), lanes.parked_until), capped = false
)
select lease, count(*)::integer as deliveries from released group by lease`,
};

/** Resolves to the leases that were found, with how many deliveries each of them had. */
export async function releaseLeases(
  database: Queryable,
  input: { readonly now: Date; readonly leases: readonly number[] },
): Promise<{ readonly lease: number; readonly deliveries: number }[]> {
  return database.query(statement, [input.now, input.leases]);
}
