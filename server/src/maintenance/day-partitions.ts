/**
 * What a day partition is: its name, and the ids that fall into it.
 * Ids are microseconds since 1970, so a UTC day is a range of ids. Whoever makes partitions and whoever drops them
 * agree here.
 */
import type { Queryable, Statement } from "../db/database.ts";

export const PARTITIONED_TABLES = ["events", "deliveries", "attempts"] as const;
export type PartitionedTable = (typeof PARTITIONED_TABLES)[number];

export interface DayPartition {
  readonly table: PartitionedTable;
  /** Such as `events_20261121`. */
  readonly name: string;
  /** The first id that falls into it. */
  readonly fromId: number;
  /** The first id after it. */
  readonly toId: number;
}

export const DAY_MS = 24 * 60 * 60 * 1000;

/** The partition of the UTC day that `timeMs` (milliseconds since 1970) lies in. */
export function dayPartition(table: PartitionedTable, timeMs: number): DayPartition {
  const startMs = Math.floor(timeMs / DAY_MS) * DAY_MS;
  const day = new Date(startMs).toISOString().slice(0, 10).replaceAll("-", "");
  return { table, name: `${table}_${day}`, fromId: startMs * 1000, toId: (startMs + DAY_MS) * 1000 };
}

/** The partitions that exist, oldest first. */
export async function listDayPartitions(database: Queryable): Promise<DayPartition[]> {
  const rows = await database.query<{ name: string }>(LIST_PARTITIONS, [PARTITIONED_TABLES]);
  return rows.flatMap(({ name }) => fromName(name) ?? []);
}

const NAME = /^(events|deliveries|attempts)_(\d{4})(\d{2})(\d{2})$/;

/** Null for a partition that was not named here. */
function fromName(name: string): DayPartition | null {
  const match = NAME.exec(name);
  const table = PARTITIONED_TABLES.find((known) => known === match?.[1]);
  if (!match || !table) return null;
  return dayPartition(table, Date.parse(`${match[2]}-${match[3]}-${match[4]}T00:00:00Z`));
}

const LIST_PARTITIONS: Statement = {
  name: "list-partitions",
  text: `select partition.relname::text as name
from pg_inherits
join pg_class partition on partition.oid = pg_inherits.inhrelid
join pg_class parent on parent.oid = pg_inherits.inhparent
where parent.relname = any ($1::text[])
  and parent.relnamespace = 'public'::regnamespace
order by right(partition.relname, 8), partition.relname`,
};

/** Whoever makes or drops partitions takes turns with the other nodes until the end of the transaction. */
export async function lockPartitions(transaction: Queryable): Promise<void> {
  await transaction.query(LOCK, []);
}

/** The same number in every process; it means nothing else. */
const LOCK: Statement = { name: "lock-partitions", text: "select pg_advisory_xact_lock(4700003)" };
