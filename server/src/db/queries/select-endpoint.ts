/** Reads one endpoint of a tenant; deleted ones are not there. */
import type { Queryable, Statement } from "../database.ts";
import { ENDPOINT_COLUMNS, type EndpointRow } from "./endpoint-columns.ts";

const SELECT_ENDPOINT: Statement = {
  name: "select-endpoint",
  text: `
    select ${ENDPOINT_COLUMNS}
    from endpoints
    where id = $2::uuid and tenant_id = $1::uuid and deleted_at is null`,
};

export async function selectEndpoint(
  database: Queryable,
  by: { readonly tenantId: string; readonly endpointId: string },
): Promise<EndpointRow | null> {
  const rows = await database.query<EndpointRow>(SELECT_ENDPOINT, [by.tenantId, by.endpointId]);
  return rows[0] ?? null;
}
