/** Who lives, and when anybody was heard last: before the database's clock was set back that may lie in the future. */
import type { Queryable, Statement } from "../database.ts";

export interface HeartbeatsRow {
  readonly latest: Date | null;
  /** The lowest id of those that were heard since `freshFrom`, and not in the future. */
  readonly first_fresh: number | null;
}

const statement: Statement = {
  name: "read-heartbeats",
  text: `
select max(heartbeat_at) as latest,
  min(id) filter (where heartbeat_at between $2::timestamptz and $1::timestamptz + interval '1 second') as first_fresh
from nodes`,
};

export async function readHeartbeats(
  database: Queryable,
  input: { readonly now: Date; readonly freshFrom: Date },
): Promise<HeartbeatsRow> {
  const rows = await database.query<HeartbeatsRow>(statement, [input.now, input.freshFrom]);
  return rows[0] ?? { latest: null, first_fresh: null };
}
