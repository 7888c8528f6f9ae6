/**
 * The safety net under the lanes: gives a lane to every endpoint that has deliveries due but no lane that will turn
 * for them, and for which no turn was asked. With every writer keeping its part this finds nothing; what it finds is counted and logged.
 */
import type { Queryable, Statement } from "../database.ts";

const statement: Statement = {
  name: "mend-lanes",
  text: `
with recursive waiting as (
  -- One index step for each endpoint that has something waiting, whatever its backlog.
  (select endpoint_id, due_at from queue where lease is null order by endpoint_id, due_at limit 1)
  union all
  select n.endpoint_id, n.due_at
  from waiting w cross join lateral (
    select q.endpoint_id, q.due_at from queue q
    where q.lease is null and q.endpoint_id > w.endpoint_id
    order by q.endpoint_id, q.due_at limit 1
  ) n
),
mended as (
  insert into lanes (endpoint_id, next_turn_at)
  select w.endpoint_id, $1::timestamptz
  from waiting w join endpoints e on e.id = w.endpoint_id
  left join lanes l on l.endpoint_id = w.endpoint_id
  where w.due_at <= $2::timestamptz and e.status = 'active' and e.deleted_at is null
    and (
      l.endpoint_id is null
      or l.parked_until = 'infinity'
      -- A lane at its cap looks again within a second of the claim that found it so, which may be later than $1; one
      -- that is parked turns when that is over.
      or l.next_turn_at > greatest($1::timestamptz + interval '5 seconds', l.parked_until)
    )
    -- Asked for, and given with the next claim.
    and not exists (select from turn_requests r where w.endpoint_id = any (r.endpoint_ids))
  order by w.endpoint_id
  on conflict (endpoint_id) do update set next_turn_at = excluded.next_turn_at, parked_until = null
  returning endpoint_id
)
select count(*)::integer as lanes from mended`,
};

/** Resolves to how many lanes were mended; `dueBefore` leaves out what became due a moment ago. */
export async function mendLanes(
  database: Queryable,
  input: { readonly now: Date; readonly dueBefore: Date },
): Promise<number> {
  const rows = await database.query<{ lanes: number }>(statement, [input.now, input.dueBefore]);
  return rows[0]?.lanes ?? 0;
}
