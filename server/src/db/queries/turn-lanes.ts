/**
 * Lets the lanes of endpoints come to their turn now, because something of theirs has begun to wait. A lane that is
 * parked stays so until its time. That of a paused endpoint is parked by the claim that finds it paused: parked here,
 * by a snapshot that a resume has overtaken, it would stay so.
 * Call after the queue rows are written, in the same transaction.
 */
import type { Queryable, Statement } from "../database.ts";

const TURN_LANES: Statement = {
  name: "turn-lanes",
  text: `
    insert into lanes (endpoint_id, next_turn_at)
    select endpoints.id, $2::timestamptz
    from endpoints
    where endpoints.id = any ($1::uuid[])
    order by endpoints.id
    on conflict (endpoint_id) do update
    set next_turn_at = greatest(excluded.next_turn_at, lanes.parked_until)
    where lanes.next_turn_at > greatest(excluded.next_turn_at, lanes.parked_until)`,
};

export async function turnLanes(
  transaction: Queryable,
  lanes: { readonly endpointIds: readonly string[]; readonly now: Date },
): Promise<void> {
  if (lanes.endpointIds.length === 0) return;
  await transaction.query(TURN_LANES, [lanes.endpointIds, lanes.now]);
}
