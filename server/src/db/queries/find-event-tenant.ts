/** Whose an event is, for an operator who has its id alone. */
import type { Queryable, Statement } from "../database.ts";

const statement: Statement = {
  name: "find-event-tenant",
  text: "select tenant_id from events where id = $1::bigint",
};

export async function findEventTenant(database: Queryable, eventId: number): Promise<string | null> {
  const rows = await database.query<{ tenant_id: string }>(statement, [eventId]);
  return rows[0]?.tenant_id ?? null;
}
