/**
 * Does for the embedded database what background processes do on a PostgreSQL server: PGlite has neither autovacuum
 * nor automatic checkpoints. Without this the hot tables fill with dead rows, their statistics stay those of empty
 * tables, and the write-ahead log grows until the disk is full.
 * Each step blocks the database while it runs, so it is taken only when enough has gathered.
 */
import type { Database, Statement } from "../db/database.ts";

/** Under it a hot table stays a few megabytes; vacuuming it takes tens of milliseconds. */
const DEAD_ROWS = 10_000;
/** Above it, the size on disk and the time of a recovery would be felt. A checkpoint of it takes about 0.2 s. */
const LOG_BYTES = 128 * 1024 * 1024;

/** @returns The tables that were vacuumed and analysed, and whether a checkpoint was made; nothing on PostgreSQL. */
export async function tendEmbedded(options: {
  readonly database: Database;
}): Promise<{ vacuumed: string[]; checkpointed: boolean }> {
  const { database } = options;
  if (database.kind !== "embedded") return { vacuumed: [], checkpointed: false };

  // Counts of the last second are not yet seen by others, and there is only one session.
  await database.script("select pg_stat_force_next_flush()");
  const worn = await database.query<{ name: string }>(LIST_WORN_TABLES, [DEAD_ROWS]);
  for (const { name } of worn) await database.script(`vacuum (analyze) ${name}`);

  const log = await database.query<{ bytes: number }>(LOG_SINCE_CHECKPOINT, []);
  const checkpointed = (log[0]?.bytes ?? 0) >= LOG_BYTES;
  if (checkpointed) await database.script("checkpoint");
  return { vacuumed: worn.map(({ name }) => name), checkpointed };
}

/** Partitions are left out: their rows are inserted and never change. */
const LIST_WORN_TABLES: Statement = {
  name: "list-worn-tables",
  text: `select format('%I', pg_class.relname) as name
from pg_stat_user_tables
join pg_class on pg_class.oid = pg_stat_user_tables.relid
where not pg_class.relispartition
  and (n_dead_tup >= $1::bigint or n_mod_since_analyze >= $1::bigint + 2 * pg_class.reltuples)
order by 1`,
};

const LOG_SINCE_CHECKPOINT: Statement = {
  name: "log-since-checkpoint",
  text: "select pg_wal_lsn_diff(pg_current_wal_insert_lsn(), redo_lsn)::bigint as bytes from pg_control_checkpoint()",
};
