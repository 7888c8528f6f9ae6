/** Reads several events of a tenant with their data. */
import type { Queryable, Statement } from "../database.ts";

export interface EventBodyRow {
  readonly id: number;
  readonly type: string;
  readonly created_at: Date;
  readonly data: Uint8Array;
}

const SELECT_EVENTS: Statement = {
  name: "select-events",
  text: "select id, type, created_at, data from events where id = any ($2::bigint[]) and tenant_id = $1::uuid",
};

export function selectEvents(
  database: Queryable,
  by: { readonly tenantId: string; readonly eventIds: readonly number[] },
): Promise<EventBodyRow[]> {
  return database.query<EventBodyRow>(SELECT_EVENTS, [by.tenantId, by.eventIds]);
}
