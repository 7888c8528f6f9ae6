/** Reads one event type of a tenant. */
import type { Queryable, Statement } from "../database.ts";
import type { EventTypeRow } from "./put-event-type.ts";

const SELECT_EVENT_TYPE: Statement = {
  name: "select-event-type",
  text: `
    select name, description, example, created_at, updated_at, deprecated_at
    from event_types
    where tenant_id = $1::uuid and name = $2::text`,
};

export async function selectEventType(
  database: Queryable,
  by: { readonly tenantId: string; readonly name: string },
): Promise<EventTypeRow | null> {
  const rows = await database.query<EventTypeRow>(SELECT_EVENT_TYPE, [by.tenantId, by.name]);
  return rows[0] ?? null;
}
