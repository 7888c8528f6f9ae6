/** What a run wrote: bytes of write-ahead log, and bytes of tables with their indexes. */
import type { Queryable, Statement } from "../../server/src/db/database.ts";

export interface DatabaseSize {
  /** Of write-ahead log ever written. */
  readonly walBytes: number;
  /** Of all tables, partitions and indexes. */
  readonly tableBytes: number;
}

const statement: Statement = {
  name: "bench-database-size",
  text: `select pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::bigint as wal,
    (select sum(pg_total_relation_size(oid)) from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace)::bigint
      as tables`,
};

export async function readDatabaseSize(database: Queryable): Promise<DatabaseSize> {
  const [row] = await database.query<{ wal: number; tables: number }>(statement, []);
  return { walBytes: row?.wal ?? 0, tableBytes: row?.tables ?? 0 };
}
