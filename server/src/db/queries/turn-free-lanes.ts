/**
 * Gives endpoints their turn now, in the statement that makes something of theirs wait, without waiting for whoever
 * holds a lane: for those a request is left in the same commit (turn_requests), and the next claim does it
 * (give-turns.ts). A lane that is free is locked until the commit, so that a claim reads what waits there before, and
 * is passed over, or after.
 *
 * Also the lane of a paused endpoint has its turn: the claim that finds it paused parks it. Parked here, by a snapshot
 * that a resume has overtaken, it would stay so. And of one whose cap is used up: the record that frees room passes
 * over a lane that is held.
 */

/** Rows with an endpoint_id; and the time, as a parameter. */
export function turnFreeLanes({ wanted, now }: { readonly wanted: string; readonly now: string }): string {
  const turn = `greatest(${now}::timestamptz, coalesce(f.parked_until, '-infinity'))`;
  return `
made as (
  -- Before any lane is locked: who makes the same one in this moment is waited for.
  insert into lanes (endpoint_id, next_turn_at)
  select w.endpoint_id, ${now}::timestamptz from ${wanted} w
  where not exists (select from lanes l where l.endpoint_id = w.endpoint_id)
  order by w.endpoint_id
  on conflict (endpoint_id) do nothing
  returning endpoint_id
),
free as materialized (
  -- As they are when they are locked, which may be newer than what the statement saw when it began.
  select l.endpoint_id, l.next_turn_at, l.parked_until from lanes l
  where (select count(*) from made) >= 0 and l.endpoint_id = any (array(select endpoint_id from ${wanted}))
  for update skip locked
),
turned as (
  update lanes l set next_turn_at = ${turn}
  from free f
  where l.endpoint_id = f.endpoint_id and f.next_turn_at > ${turn}
    and l.endpoint_id = any (array(select endpoint_id from free))
),
asked as (
  insert into turn_requests (endpoint_ids)
  select array_agg(w.endpoint_id) from ${wanted} w
  where w.endpoint_id not in (select endpoint_id from made) and w.endpoint_id not in (select endpoint_id from free)
  having count(*) > 0
)`;
}
