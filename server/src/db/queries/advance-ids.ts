/**
 * Moves the sequence of ids forward to the clock (microseconds since 1970), so that ids follow time roughly and a day's
 * rows fall into the day's partition.
 * Never backwards, and only when the sequence is far behind: `setval` races with the `nextval` of running statements,
 * and the distance is what keeps the values that they draw meanwhile below the new start. Two nodes that do it at once
 * take turns by an advisory lock.
 */
import type { Database, Statement } from "../database.ts";

/** A tenth of a second of ids, more than any machine draws between the two halves of the statement. */
const SHORTEST_MOVE = 100_000;

/**
 * @param options.nowMs Milliseconds since 1970.
 * @returns How far the sequence moved, in ids; 0 when it was close to the clock or ahead of it.
 */
export async function advanceIds(database: Database, options: { readonly nowMs: number }): Promise<number> {
  const target = options.nowMs * 1000;
  return database.transaction(async (transaction) => {
    await transaction.query(LOCK, []);
    const rows = await transaction.query<{ moved: number }>(ADVANCE, [target, SHORTEST_MOVE]);
    return rows[0]?.moved ?? 0;
  });
}

/** The same number in every process that moves the ids; it means nothing else. */
const LOCK: Statement = { name: "lock-ids", text: "select pg_advisory_xact_lock(4700002)" };

const ADVANCE: Statement = {
  name: "advance-ids",
  text: `select setval('ids', $1::bigint) - last_value as moved
from ids
where last_value <= $1::bigint - $2::bigint`,
};
