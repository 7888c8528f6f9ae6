/**
 * When the first lane has its turn: what the dispatch loop sleeps by, and what it looks at before it begins the
 * transaction of a claim. One step into the index of turns, whatever waits. Now, where a turn was asked for.
 */
import type { Queryable, Statement } from "../database.ts";

/** A lane that is parked for longer than to its turn has none; every writer gives it both times. */
const statement: Statement = {
  name: "find-next-turn",
  text: `
select next_turn_at from (
  (
    select next_turn_at from lanes
    where next_turn_at <= $2::timestamptz
      and (parked_until is null or parked_until <= greatest(next_turn_at, $1::timestamptz))
    order by next_turn_at
    limit 1
  )
  union all
  (select $1::timestamptz from turn_requests limit 1)
) as turn
order by next_turn_at
limit 1`,
};

/** Resolves to null where no lane has its turn by `until`. */
export async function findNextTurn(
  database: Queryable,
  { now, until }: { readonly now: Date; readonly until: Date },
): Promise<Date | null> {
  const [row] = await database.query<{ next_turn_at: Date }>(statement, [now, until]);
  return row?.next_turn_at ?? null;
}
