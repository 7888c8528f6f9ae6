/** Writes everything that callers may set on an endpoint. Call with the endpoint's row locked (lock-endpoint.ts). */
import type { Queryable, Statement } from "../database.ts";
import { ENDPOINT_COLUMNS, type EndpointRow } from "./endpoint-columns.ts";
import { type EndpointValues, toParameters } from "./insert-endpoint.ts";

const UPDATE_ENDPOINT: Statement = {
  name: "update-endpoint",
  text: `
    update endpoints
    set updated_at = $2::timestamptz, version = version + 1, url = $3::text, credentials = $4::bytea,
      headers = $5::bytea, header_names = $6::text[], encryption_key_id = $7::text, description = $8::text,
      event_types = $9::text[], event_types_added_at = $10::timestamptz[], route_keys = $11::text[],
      channels = $12::text[], envelope = $13::text, rate_limit_per_second = $14::integer, max_in_flight = $15::integer,
      timeout_ms = $16::integer, retry_waits = $17::integer[], verify_tls = $18::boolean, metadata = $19::jsonb
    where id = $1::uuid
    returning ${ENDPOINT_COLUMNS}`,
};

export async function updateEndpoint(
  transaction: Queryable,
  change: { readonly id: string; readonly now: Date; readonly values: EndpointValues },
): Promise<EndpointRow> {
  const rows = await transaction.query<EndpointRow>(UPDATE_ENDPOINT, [
    change.id,
    change.now,
    ...toParameters(change.values),
  ]);
  const row = rows[0];
  if (row === undefined) throw new Error(`The locked endpoint ${change.id} is gone.`);
  return row;
}
