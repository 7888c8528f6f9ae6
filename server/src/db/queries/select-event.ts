/** Reads one event of a tenant with its data, byte for byte as it was published. */
import type { Queryable, Statement } from "../database.ts";
import { EVENT_COLUMNS, type EventRow } from "./event-columns.ts";

export interface EventWithDataRow extends EventRow {
  readonly data: Uint8Array;
}

const SELECT_EVENT: Statement = {
  name: "select-event",
  text: `select ${EVENT_COLUMNS}, data from events where id = $2::bigint and tenant_id = $1::uuid`,
};

export async function selectEvent(
  database: Queryable,
  by: { readonly tenantId: string; readonly eventId: number },
): Promise<EventWithDataRow | null> {
  const rows = await database.query<EventWithDataRow>(SELECT_EVENT, [by.tenantId, by.eventId]);
  return rows[0] ?? null;
}
