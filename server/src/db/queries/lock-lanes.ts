/**
 * The lanes whose turn has come, longest waiting first, locked for this transaction; lanes that somebody else holds are
 * passed over. The first half of a claim: what the lanes hold is read by a second statement, whose snapshot is newer
 * than the lock, so that a delivery stored meanwhile is seen by this claim, or asks for a turn after it
 * (turn-free-lanes.ts).
 *
 * A lane to which publishers add without a pause is held by one store or another nearly all the time, so a claim that
 * passed it over each time would hardly ever get it. Such a one is waited for, one at a time: who holds nothing while
 * it waits keeps nobody waiting in a circle. And for a moment only: who holds it may hang.
 */
import { DatabaseError, type Queryable, type Statement } from "../database.ts";

const statement: Statement = {
  name: "lock-lanes",
  text: `
select
  array(
    select endpoint_id from lanes
    where next_turn_at <= $1::timestamptz and (parked_until is null or parked_until <= $1::timestamptz)
    order by next_turn_at
    limit $2::integer
    for update skip locked
  ) as endpoint_ids,
  exists (select from turn_requests) as asked`,
};

/** Longer than a store or a claim takes. */
const PATIENCE_MS = 100;
const LOCK_NOT_AVAILABLE = "55P03";

const patientStatement: Statement = {
  name: "lock-lane-patiently",
  text: `
select endpoint_id
from lanes cross join (select set_config('lock_timeout', '${PATIENCE_MS}', true) offset 0) as patience
where next_turn_at <= $1::timestamptz and (parked_until is null or parked_until <= $1::timestamptz)
order by next_turn_at
limit 1
for update of lanes`,
};

export interface LockedLanes {
  readonly endpointIds: readonly string[];
  /** Turns were asked for that nobody has given yet. */
  readonly asked: boolean;
}

export async function lockLanes(
  transaction: Queryable,
  input: { readonly now: Date; readonly limit: number },
): Promise<LockedLanes> {
  const [row] = await transaction.query<{ endpoint_ids: string[]; asked: boolean }>(statement, [
    input.now,
    input.limit,
  ]);
  return { endpointIds: row?.endpoint_ids ?? [], asked: row?.asked ?? false };
}

/**
 * The lane that has waited longest, as soon as whoever holds it has let go of it, and if it is due then. Throws
 * DatabaseError; see `isLaneHeld`.
 */
export async function lockLanePatiently(transaction: Queryable, input: { readonly now: Date }): Promise<LockedLanes> {
  const rows = await transaction.query<{ endpoint_id: string }>(patientStatement, [input.now]);
  return { endpointIds: rows.map((row) => row.endpoint_id), asked: false };
}

/** Whoever holds the lane did not let go of it in time. */
export function isLaneHeld(error: unknown): boolean {
  return error instanceof DatabaseError && error.code === LOCK_NOT_AVAILABLE;
}
