/** Registers an event type, or replaces its description and example and takes its deprecation back. */
import type { Queryable, Statement } from "../database.ts";

export interface EventTypeRow {
  readonly name: string;
  readonly description: string;
  readonly example: string | null;
  readonly created_at: Date;
  readonly updated_at: Date;
  readonly deprecated_at: Date | null;
}

/** A row that this statement inserted has no deleting transaction (xmax 0); one that it updated names ours. */
const PUT_EVENT_TYPE: Statement = {
  name: "put-event-type",
  text: `
    insert into event_types (tenant_id, name, description, example, created_at, updated_at)
    select tenants.id, $2::text, $3::text, $4::text, $5::timestamptz, $5::timestamptz
    from tenants
    where tenants.id = $1::uuid and tenants.deleted_at is null
    on conflict (tenant_id, name) do update
    set description = excluded.description,
        example = excluded.example,
        updated_at = excluded.updated_at,
        deprecated_at = null
    returning name, description, example, created_at, updated_at, deprecated_at, (xmax = 0) as created`,
};

/** Null when there is no such tenant. */
export async function putEventType(
  database: Queryable,
  type: {
    readonly tenantId: string;
    readonly name: string;
    readonly description: string;
    readonly example: string | null;
    readonly now: Date;
  },
): Promise<(EventTypeRow & { readonly created: boolean }) | null> {
  const parameters = [type.tenantId, type.name, type.description, type.example, type.now];
  const rows = await database.query<EventTypeRow & { created: boolean }>(PUT_EVENT_TYPE, parameters);
  return rows[0] ?? null;
}
