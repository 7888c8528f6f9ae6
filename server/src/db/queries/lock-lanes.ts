/**
 * The lanes whose turn has come, longest waiting first, locked for this transaction; lanes that another node visits
 * are passed over. The first half of a claim: what the lanes hold is read by a second statement, whose snapshot is
 * newer than the lock, so that a delivery stored meanwhile is seen by this claim or moves the lane after it.
 */
import type { Queryable, Statement } from "../database.ts";

const statement: Statement = {
  name: "lock-lanes",
  text: `
select endpoint_id from lanes
where next_turn_at <= $1::timestamptz and (parked_until is null or parked_until <= $1::timestamptz)
order by next_turn_at
limit $2::integer
for update skip locked`,
};

export async function lockLanes(
  transaction: Queryable,
  input: { readonly now: Date; readonly limit: number },
): Promise<string[]> {
  const rows = await transaction.query<{ endpoint_id: string }>(statement, [input.now, input.limit]);
  return rows.map((row) => row.endpoint_id);
}
