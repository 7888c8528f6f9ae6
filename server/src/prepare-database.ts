/** What must stand in a database before a server uses it: the schema, its form, partitions, ids, and no lost leases. */
import type { Config } from "./config.ts";
import type { Clock } from "./db/clock.ts";
import type { Database } from "./db/database.ts";
import { migrate } from "./db/migrate.ts";
import { advanceIds } from "./db/queries/advance-ids.ts";
import { claimInstance } from "./db/queries/claim-instance.ts";
import { rescueLeases } from "./db/queries/rescue-leases.ts";
import { ClockFollower } from "./maintenance/follow-clock.ts";
import { makePartitions } from "./maintenance/make-partitions.ts";

/** Migrates, refuses another form's database, and makes all that must stand before the first publish. */
export async function prepareDatabase(config: Config, database: Database, clock: Clock): Promise<void> {
  await migrate(database, { now: clock.now() });
  const maker = await claimInstance(database, { maker: config.mode, now: clock.now() });
  if (config.mode === "dev" && maker === "serve") {
    throw new Error("This database was made by `posthorn serve`. `posthorn dev` does not touch it: use another one.");
  }
  await new ClockFollower({ database, clock }).catchUp();
  await makePartitions({ database, clock });
  await advanceIds(database, { nowMs: clock.nowMs() });
  // The embedded database has one process: whoever held leases in it is gone.
  if (database.kind === "embedded") {
    const now = clock.now();
    await rescueLeases(database, { now, silentBefore: new Date(now.getTime() + 1) });
  }
}
