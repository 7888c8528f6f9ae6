/** The life of a node: it registers and says that it lives. rescue-leases.ts is how it goes. */
import type { Queryable, Statement } from "../database.ts";

const registerStatement: Statement = {
  name: "register-node",
  text: `
insert into nodes (host, pid, started_at, heartbeat_at, dispatches)
values ($1::text, $2::integer, $3::timestamptz, $3::timestamptz, $4::boolean)
returning id`,
};

export async function registerNode(
  database: Queryable,
  input: { readonly host: string; readonly pid: number; readonly dispatches: boolean; readonly now: Date },
): Promise<number> {
  const rows = await database.query<{ id: number }>(registerStatement, [
    input.host,
    input.pid,
    input.now,
    input.dispatches,
  ]);
  const row = rows[0];
  if (row === undefined) throw new Error("Registering a node returned no row.");
  return row.id;
}

const heartbeatStatement: Statement = {
  name: "heartbeat-node",
  text: `
update nodes set heartbeat_at = $2::timestamptz
where id = $1::integer
returning cap_divisor as divisor,
  (select count(*)::integer from nodes where dispatches) as nodes,
  (select count(*)::integer from nodes where dispatches and id < $1::integer) as rank`,
};

export interface Heard {
  /** By how many this node divides the in-flight caps; null: it has no share yet. */
  readonly divisor: number | null;
  /** Nodes that dispatch, and those of them that registered before this one. */
  readonly nodes: number;
  readonly rank: number;
}

/** Resolves to null when the node was declared dead meanwhile and its leases were given away. */
export async function heartbeatNode(
  database: Queryable,
  input: { readonly nodeId: number; readonly now: Date },
): Promise<Heard | null> {
  const [row] = await database.query<Heard>(heartbeatStatement, [input.nodeId, input.now]);
  return row ?? null;
}
