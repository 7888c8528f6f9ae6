/** Whether a node can do its work: when it was last heard, and which of the wanted partitions are not there. */
import type { Queryable, Statement } from "../database.ts";

export interface NodeStandingRow {
  /** null: the node was declared dead, and has not registered anew. */
  readonly heartbeat_at: Date | null;
  readonly missing_partitions: string[];
}

const statement: Statement = {
  name: "read-node-standing",
  text: `
select (select heartbeat_at from nodes where id = $1::integer) as heartbeat_at,
  array(
    select w.name from unnest($2::text[]) as w (name)
    where not exists (
      select from pg_class c join pg_inherits i on i.inhrelid = c.oid
      where c.relname = w.name and c.relnamespace = 'public'::regnamespace
    )
  ) as missing_partitions`,
};

export async function readNodeStanding(
  database: Queryable,
  input: { readonly nodeId: number; readonly partitions: readonly string[] },
): Promise<NodeStandingRow> {
  const rows = await database.query<NodeStandingRow>(statement, [input.nodeId, input.partitions]);
  const row = rows[0];
  if (row === undefined) throw new Error("Reading the standing of a node returned no row.");
  return row;
}
