/** Reads the page of a tenant's endpoints that comes before a number in the list of newest first, in reading order. */
import type { Queryable, Statement } from "../database.ts";
import { ENDPOINT_COLUMNS, type EndpointRow } from "./endpoint-columns.ts";

const LIST_ENDPOINTS_BEFORE: Statement = {
  name: "list-endpoints-before",
  text: `
    select ${ENDPOINT_COLUMNS}
    from endpoints
    where tenant_id = $1::uuid and deleted_at is null and number > $2::integer
    order by number
    limit $3::integer`,
};

/** The nearest `limit` of them, the newest first. */
export async function listEndpointsBefore(
  database: Queryable,
  page: { readonly tenantId: string; readonly before: number; readonly limit: number },
): Promise<EndpointRow[]> {
  const parameters = [page.tenantId, page.before, page.limit];
  const rows = await database.query<EndpointRow>(LIST_ENDPOINTS_BEFORE, parameters);
  return rows.toReversed();
}
