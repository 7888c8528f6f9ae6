import type { Database } from "../../src/db/database.ts";

const COUNT_BLOCKED = {
  name: "test-blocked",
  text: `select count(*)::integer as count from pg_stat_activity
    where wait_event_type = 'Lock' and datname = current_database()`,
};
const MAX_LOOKS = 2_000;

/** Resolves when some statement waits for a lock that another transaction holds. */
export async function untilBlocked(database: Database): Promise<void> {
  for (let look = 0; look < MAX_LOOKS; look += 1) {
    const [row] = await database.query<{ count: number }>(COUNT_BLOCKED, []);
    if ((row?.count ?? 0) > 0) return;
  }
  throw new Error("nothing came to wait for a lock");
}
