/**
 * Gives the turns that stores asked for (turn-free-lanes.ts), and asks again for lanes that are still held. Nothing is
 * lost with a commit that a crash undoes, since its requests come back with it: nobody waits for the disk.
 */
import type { Queryable, Statement } from "../database.ts";
import { turnFreeLanes } from "./turn-free-lanes.ts";

/** Requests in one go; each may name as many endpoints as a store has events for. */
const MAX_REQUESTS = 100;

const statement: Statement = {
  name: "give-turns",
  text: `
with taken as (
  delete from turn_requests
  where id = any (array(select id from turn_requests order by id limit ${MAX_REQUESTS} for update skip locked))
    and set_config('synchronous_commit', 'off', true) = 'off'
  returning endpoint_ids
),
wanted as materialized (
  select distinct endpoint_id from taken cross join unnest(endpoint_ids) as endpoint_id
),
${turnFreeLanes({ wanted: "wanted", now: "$1" })}
select (select count(*) from made)::integer + (select count(*) from free)::integer as lanes`,
};

/** Resolves to how many lanes have their turn now that others held when it was asked for. */
export async function giveTurns(database: Queryable, { now }: { readonly now: Date }): Promise<number> {
  const [row] = await database.query<{ lanes: number }>(statement, [now]);
  return row?.lanes ?? 0;
}
