/** Sizes of tables with their partitions, and live and dead rows, all from the catalogue and its statistics. */
import type { Queryable, Statement } from "../database.ts";

export interface TableRow {
  readonly table: string;
  /** With indexes and large values. */
  readonly bytes: number;
  /** 0 for a table without partitions. */
  readonly partitions: number;
  readonly largest_partition_bytes: number;
  readonly live_rows: number;
  readonly dead_rows: number;
}

const statement: Statement = {
  name: "measure-tables",
  text: `
select t.name as "table",
  coalesce(sum(p.bytes), 0)::bigint as bytes,
  (count(*) filter (where p.is_partition))::integer as partitions,
  coalesce(max(p.bytes) filter (where p.is_partition), 0)::bigint as largest_partition_bytes,
  coalesce(sum(p.live), 0)::bigint as live_rows,
  coalesce(sum(p.dead), 0)::bigint as dead_rows
from unnest($1::text[]) as t (name)
join pg_class c on c.relname = t.name and c.relnamespace = 'public'::regnamespace
cross join lateral (
  select pg_total_relation_size(r.oid) as bytes, pg_stat_get_live_tuples(r.oid) as live,
    pg_stat_get_dead_tuples(r.oid) as dead, r.oid <> c.oid as is_partition
  from (
    select c.oid as oid where c.relkind = 'r'
    union all
    select inhrelid from pg_inherits where inhparent = c.oid
  ) r
) p
group by t.name`,
};

export async function measureTables(database: Queryable, tables: readonly string[]): Promise<TableRow[]> {
  return database.query<TableRow>(statement, [tables]);
}
