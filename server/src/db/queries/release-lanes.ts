/**
 * Gives endpoints that are being resumed their turn now, whatever their lanes said before: a lane of a paused endpoint
 * is parked for ever. Also where nothing waits: the next claim takes an empty lane away, and one that stayed parked
 * would hold back the next event.
 */
import type { Queryable, Statement } from "../database.ts";

const RELEASE_LANES: Statement = {
  name: "release-lanes",
  text: `
    insert into lanes (endpoint_id, next_turn_at)
    select resumed.id, $2::timestamptz from unnest($1::uuid[]) as resumed (id) order by resumed.id
    on conflict (endpoint_id) do update
    set parked_until = case when lanes.parked_until < 'infinity' then lanes.parked_until end,
      next_turn_at = greatest(
        excluded.next_turn_at,
        case when lanes.parked_until < 'infinity' then lanes.parked_until end
      ),
      capped = false`,
};

/** Call before the endpoints' rows are changed, in the same transaction: lanes are locked before endpoints. */
export async function releaseLanes(
  transaction: Queryable,
  lanes: { readonly endpointIds: readonly string[]; readonly now: Date },
): Promise<void> {
  await transaction.query(RELEASE_LANES, [lanes.endpointIds, lanes.now]);
}
