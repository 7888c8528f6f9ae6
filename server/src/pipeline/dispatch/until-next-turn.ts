/** How long it is until the next lane has its turn. */
import type { Clock } from "../../db/clock.ts";
import type { Database } from "../../db/database.ts";
import { findNextTurn } from "../../db/queries/find-next-turn.ts";

/** Milliseconds, 0 or less: now; null: no lane has its turn within so many. */
export async function untilNextTurn(
  { database, clock }: { readonly database: Database; readonly clock: Clock },
  withinMs: number,
): Promise<number | null> {
  const nowMs = clock.nowMs();
  const turn = await findNextTurn(database, { now: new Date(nowMs), until: new Date(nowMs + withinMs) });
  // Both are cut to whole milliseconds, and a timer may be early by one.
  return turn === null ? null : turn.getTime() + 2 - clock.nowMs();
}
