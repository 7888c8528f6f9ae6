/** The hot table as the database counts it: rows that stand, rows that are gone and not yet vacuumed, and its bytes. */
import type { Queryable, Statement } from "../../server/src/db/database.ts";

export interface HotTable {
  readonly live: number;
  readonly dead: number;
  readonly bytes: number;
}

const statement: Statement = {
  name: "bench-hot-table",
  text: `select n_live_tup as live, n_dead_tup as dead, pg_total_relation_size(relid) as bytes
    from pg_stat_user_tables where relname = 'queue'`,
};

export async function readHotTable(database: Queryable): Promise<HotTable> {
  const [row] = await database.query<HotTable>(statement, []);
  if (row === undefined) throw new Error("the database has no statistics of the queue");
  return row;
}
