/** Whether the turn of any lane has come: what a claim that nobody asked for looks at before it begins a transaction. */
import type { Queryable, Statement } from "../database.ts";

const statement: Statement = {
  name: "has-due-lanes",
  text: `
select exists (
  select from lanes
  where next_turn_at <= $1::timestamptz and (parked_until is null or parked_until <= $1::timestamptz)
) as found`,
};

export async function hasDueLanes(database: Queryable, now: Date): Promise<boolean> {
  const [row] = await database.query<{ found: boolean }>(statement, [now]);
  return row?.found === true;
}
