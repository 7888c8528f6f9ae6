/** Whether the turn of any lane has come: what a claim that nobody asked for looks at before it begins a transaction. */
import type { Queryable, Statement } from "../database.ts";
import { LANE_IS_DUE } from "./lock-lanes.ts";

const statement: Statement = {
  name: "has-due-lanes",
  text: `select exists (select from lanes where ${LANE_IS_DUE}) as found`,
};

export async function hasDueLanes(database: Queryable, now: Date): Promise<boolean> {
  const [row] = await database.query<{ found: boolean }>(statement, [now]);
  return row?.found === true;
}
