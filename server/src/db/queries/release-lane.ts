/**
 * Gives an endpoint that is being resumed its turn now, whatever its lane said before: a lane of a paused endpoint is
 * parked for ever. Also where nothing waits: the next claim takes an empty lane away, and one that stayed parked would
 * hold back the next event.
 */
import type { Queryable, Statement } from "../database.ts";

const RELEASE_LANE: Statement = {
  name: "release-lane",
  text: `
    insert into lanes (endpoint_id, next_turn_at)
    values ($1::uuid, $2::timestamptz)
    on conflict (endpoint_id) do update
    set parked_until = case when lanes.parked_until < 'infinity' then lanes.parked_until end,
      next_turn_at = greatest(
        excluded.next_turn_at,
        case when lanes.parked_until < 'infinity' then lanes.parked_until end
      ),
      capped = false`,
};

/** Call before the endpoint's row is changed, in the same transaction: lanes are locked before endpoints. */
export async function releaseLane(
  transaction: Queryable,
  lane: { readonly endpointId: string; readonly now: Date },
): Promise<void> {
  await transaction.query(RELEASE_LANE, [lane.endpointId, lane.now]);
}
