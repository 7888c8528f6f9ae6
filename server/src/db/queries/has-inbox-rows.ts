/** Whether anything committed waits in the inbox: one look-up, and no transaction, while nobody publishes there. */
import type { Queryable, Statement } from "../database.ts";

const statement: Statement = { name: "has-inbox-rows", text: "select exists (select from inbox) as found" };

export async function hasInboxRows(database: Queryable): Promise<boolean> {
  const [row] = await database.query<{ found: boolean }>(statement, []);
  return row?.found === true;
}
