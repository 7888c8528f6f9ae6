/** `posthorn migrate`: brings a database to this version's schema and says what it did. */
import { readDatabaseUrl } from "../config.ts";
import { createDatabaseClock } from "../db/clock.ts";
import { migrate } from "../db/migrate.ts";
import { openPostgres } from "../db/postgres.ts";

export async function runMigrate(): Promise<number> {
  await using database = await openPostgres({ url: readDatabaseUrl(), poolSize: 4 });
  const clock = await createDatabaseClock(database);
  const ran = await migrate(database, { now: clock.now() });
  process.stdout.write(ran.length === 0 ? "The schema is up to date.\n" : `Ran ${ran.join(", ")}.\n`);
  return 0;
}
