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
  text: "update nodes set heartbeat_at = $2::timestamptz where id = $1::integer returning id",
};

/** Resolves to false when the node was declared dead meanwhile and its leases were given away. */
export async function heartbeatNode(
  database: Queryable,
  input: { readonly nodeId: number; readonly now: Date },
): Promise<boolean> {
  const rows = await database.query(heartbeatStatement, [input.nodeId, input.now]);
  return rows.length > 0;
}
