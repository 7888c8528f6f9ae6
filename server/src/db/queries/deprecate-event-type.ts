/** Marks an event type deprecated; one that is keeps the time it has. */
import type { Queryable, Statement } from "../database.ts";
import type { EventTypeRow } from "./put-event-type.ts";

const DEPRECATE_EVENT_TYPE: Statement = {
  name: "deprecate-event-type",
  text: `
    update event_types
    set deprecated_at = coalesce(deprecated_at, $3::timestamptz),
        updated_at = case when deprecated_at is null then $3::timestamptz else updated_at end
    where tenant_id = $1::uuid and name = $2::text
    returning name, description, example, created_at, updated_at, deprecated_at`,
};

/** Null when there is no such type. */
export async function deprecateEventType(
  database: Queryable,
  type: { readonly tenantId: string; readonly name: string; readonly now: Date },
): Promise<EventTypeRow | null> {
  const rows = await database.query<EventTypeRow>(DEPRECATE_EVENT_TYPE, [type.tenantId, type.name, type.now]);
  return rows[0] ?? null;
}
