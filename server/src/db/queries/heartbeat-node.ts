/** The life of a node in three statements: it registers, says that it lives, and goes. */
import type { Queryable, Statement } from "../database.ts";

const registerStatement: Statement = {
  name: "register-node",
  text: `
insert into nodes (host, pid, started_at, heartbeat_at)
values ($1::text, $2::integer, $3::timestamptz, $3::timestamptz)
returning id`,
};

export async function registerNode(
  database: Queryable,
  input: { readonly host: string; readonly pid: number; readonly now: Date },
): Promise<number> {
  const rows = await database.query<{ id: number }>(registerStatement, [input.host, input.pid, input.now]);
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
