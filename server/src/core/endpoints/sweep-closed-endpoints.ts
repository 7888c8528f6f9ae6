/**
 * Ends what still waits for endpoints that are disabled or deleted. The verbs end the first thousand themselves; what
 * is more, what was stored in the same moment, and what comes back from the wire, ends here. Maintenance calls it until
 * it finds nothing.
 */
import type { Database } from "../../db/database.ts";
import { cancelWaiting } from "../../db/queries/cancel-waiting.ts";
import { dropClosedLanes } from "../../db/queries/drop-closed-lanes.ts";

/** Resolves to how many deliveries were cancelled, at most `limit`. */
export async function sweepClosedEndpoints(options: {
  readonly database: Database;
  readonly now: Date;
  readonly limit: number;
}): Promise<number> {
  const { database, now, limit } = options;
  const cancelled = await cancelWaiting(database, { now, limit });
  if (cancelled < limit) await dropClosedLanes(database, { limit });
  return cancelled;
}
