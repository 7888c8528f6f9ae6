/**
 * Moves what waits for a time by as much as the clock was set back, down to now at most. What stands for good
 * (`infinity`) stays, and so does what was written by the new clock: its last attempt, or it itself, was made between
 * `newSince` and now, which nothing that was written by the old one can say but by chance.
 */
import type { Database } from "../database.ts";

/** Nobody writes meanwhile: a row would be moved twice, or not at all. The queue may be long. */
const LOCK = `set local statement_timeout = '5min';
lock table queue, lanes, nodes in share row exclusive mode`;

export async function moveTimesBack(
  database: Database,
  input: { readonly now: Date; readonly backMs: number; readonly newSince: Date },
): Promise<void> {
  await database.transaction(async (transaction) => {
    await transaction.script(LOCK);
    await transaction.script(moveScript(input));
  });
}

/** A script, since nobody can say how long it takes. */
function moveScript({ now, backMs, newSince }: Parameters<typeof moveTimesBack>[1]): string {
  const at = `timestamptz '${now.toISOString()}'`;
  const back = `interval '${Math.round(backMs)} milliseconds'`;
  const moved = (column: string): string =>
    `case when isfinite(${column}) and ${column} > ${at} then greatest(${column} - ${back}, ${at}) else ${column} end`;
  return `
update queue set due_at = ${moved("due_at")}
where due_at > ${at}
  and not coalesce(last_attempt_at, created_at) between timestamptz '${newSince.toISOString()}' and ${at};
update lanes set next_turn_at = ${moved("next_turn_at")}, parked_until = ${moved("parked_until")},
  paced_until = ${moved("paced_until")};
update nodes set heartbeat_at = ${at} where heartbeat_at > ${at}`;
}
