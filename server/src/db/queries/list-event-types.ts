/** Reads a page of a tenant's event types in the order of their names. */
import type { Queryable, Statement } from "../database.ts";
import type { EventTypeRow } from "./put-event-type.ts";

const LIST_EVENT_TYPES: Statement = {
  name: "list-event-types",
  text: `
    select name, description, example, created_at, updated_at, deprecated_at
    from event_types
    where tenant_id = $1::uuid and ($2::text is null or name > $2::text)
    order by name
    limit $3::integer`,
};

export function listEventTypes(
  database: Queryable,
  page: { readonly tenantId: string; readonly after: string | null; readonly limit: number },
): Promise<EventTypeRow[]> {
  return database.query<EventTypeRow>(LIST_EVENT_TYPES, [page.tenantId, page.after, page.limit]);
}
