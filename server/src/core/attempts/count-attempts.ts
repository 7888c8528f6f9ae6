/**
 * How many attempts an endpoint has: counted one by one up to ten thousand, beyond that by days, of which those that are
 * over are counted once and remembered. So the list of an endpoint with millions of attempts costs what is new.
 */
import { countAttempts as countUpTo } from "../../db/queries/count-attempts.ts";
import { countAttemptsByDay } from "../../db/queries/count-attempts-by-day.ts";
import type { CoreContext } from "../context.ts";

const COUNTED_ONE_BY_ONE_MAX = 10_000;
/** Ids are microseconds since 1970. */
const IDS_A_MS = 1000;
const DAY_MS = 24 * 60 * 60 * 1000;
/** What ended in the last moments of a day may be recorded after it. */
const OVER_AFTER_MS = 60 * 60 * 1000;

export async function countAttempts(
  { database, clock }: Pick<CoreContext, "database" | "clock">,
  endpointId: string,
): Promise<number> {
  const count = await countUpTo(database, { endpointId, atMost: COUNTED_ONE_BY_ONE_MAX + 1 });
  if (count <= COUNTED_ONE_BY_ONE_MAX) return count;
  const openDay = Math.floor((clock.nowMs() - OVER_AFTER_MS) / DAY_MS);
  return countAttemptsByDay(database, {
    endpointId,
    openFrom: openDay * DAY_MS * IDS_A_MS,
    idsADay: DAY_MS * IDS_A_MS,
  });
}
