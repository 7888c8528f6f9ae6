/**
 * Moves an endpoint to another status. Its routes move with it: an endpoint that is disabled is matched by no event,
 * one that comes back listens again. Call with the row locked (lock-endpoint.ts) and a decided move.
 */
import type { Queryable, Statement } from "../database.ts";
import { ENDPOINT_COLUMNS, type EndpointRow } from "./endpoint-columns.ts";

const SET_ENDPOINT_STATUS: Statement = {
  name: "set-endpoint-status",
  text: `
    update endpoints
    set status = $2::text, status_reason = $3::text, route_keys = $4::text[], status_changed_at = $5::timestamptz,
      updated_at = $5::timestamptz, version = version + 1
    where id = $1::uuid
    returning ${ENDPOINT_COLUMNS}`,
};

export async function setEndpointStatus(
  transaction: Queryable,
  change: {
    readonly id: string;
    readonly status: string;
    readonly statusReason: string | null;
    readonly routeKeys: readonly string[];
    readonly now: Date;
  },
): Promise<EndpointRow> {
  const rows = await transaction.query<EndpointRow>(SET_ENDPOINT_STATUS, [
    change.id,
    change.status,
    change.statusReason,
    change.routeKeys,
    change.now,
  ]);
  const row = rows[0];
  if (row === undefined) throw new Error(`The locked endpoint ${change.id} is gone.`);
  return row;
}
