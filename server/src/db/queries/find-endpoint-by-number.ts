/** Finds the endpoint of a tenant that has a number and is not deleted. */
import type { Queryable, Statement } from "../database.ts";
import { ENDPOINT_COLUMNS, type EndpointRow } from "./endpoint-columns.ts";

const FIND_ENDPOINT_BY_NUMBER: Statement = {
  name: "find-endpoint-by-number",
  text: `
    select ${ENDPOINT_COLUMNS}
    from endpoints
    where number = $2::integer and tenant_id = $1::uuid and deleted_at is null`,
};

export async function findEndpointByNumber(
  database: Queryable,
  by: { readonly tenantId: string; readonly number: number },
): Promise<EndpointRow | null> {
  const rows = await database.query<EndpointRow>(FIND_ENDPOINT_BY_NUMBER, [by.tenantId, by.number]);
  return rows[0] ?? null;
}
