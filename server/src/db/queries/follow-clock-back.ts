/**
 * Moves what waits for a time by as much as the database's clock was set back. Without that a retry of five seconds
 * would wait for an hour and five seconds after a step of an hour, and a lane with a rate limit for an hour.
 *
 * How far the clock went is read from the heartbeats: the latest of them is from just before. One node follows for all:
 * where another has spoken by the new clock already, it was the first to notice and has done this.
 */
import { againAfterDeadlock } from "../again-after-deadlock.ts";
import type { Database, Statement } from "../database.ts";

/** A smaller step is waited for. */
const FOLLOWED_FROM_MS = 60_000;
/** A node that spoke within this lives. */
const FRESH_MS = 10_000;

/** Nobody writes meanwhile: a row would be moved twice, or not at all. The queue may be long. */
const LOCK = `set local statement_timeout = '5min';
lock table queue, lanes, nodes in share row exclusive mode`;

const READ_HEARTBEATS: Statement = {
  name: "read-heartbeats",
  text: `
select max(heartbeat_at) as latest, coalesce(bool_or(
    id is distinct from $2::integer and heartbeat_at between $3::timestamptz and $1::timestamptz + interval '1 second'
  ), false) as followed
from nodes`,
};

/** @returns By how many milliseconds everything was moved; 0 where there was nothing to do. */
export async function followClockBack(
  database: Database,
  input: { readonly now: Date; readonly nodeId: number | null },
): Promise<number> {
  const { now, nodeId } = input;
  return againAfterDeadlock(() =>
    database.transaction(async (transaction) => {
      await transaction.script(LOCK);
      const freshFrom = new Date(now.getTime() - FRESH_MS);
      const [row] = await transaction.query<{ latest: Date | null; followed: boolean }>(READ_HEARTBEATS, [
        now,
        nodeId,
        freshFrom,
      ]);
      const backMs = (row?.latest?.getTime() ?? 0) - now.getTime();
      if (row?.followed !== false || backMs < FOLLOWED_FROM_MS) return 0;
      await transaction.script(moveScript(now, backMs));
      return backMs;
    }),
  );
}

/** A script, since nobody says how long it may take. What stands for good (`infinity`) stays. */
function moveScript(now: Date, backMs: number): string {
  const at = `timestamptz '${now.toISOString()}'`;
  const back = `interval '${Math.round(backMs)} milliseconds'`;
  const moved = (column: string): string =>
    `case when isfinite(${column}) and ${column} > ${at} then greatest(${column} - ${back}, ${at}) else ${column} end`;
  return `
update queue set due_at = ${moved("due_at")} where due_at > ${at};
update lanes set next_turn_at = ${moved("next_turn_at")}, parked_until = ${moved("parked_until")},
  paced_until = ${moved("paced_until")};
update nodes set heartbeat_at = ${at} where heartbeat_at > ${at}`;
}
