/** Reads a page of a tenant's endpoints, newest first. `number` rises with each endpoint, so it is the position too. */
import type { Queryable, Statement } from "../database.ts";
import { ENDPOINT_COLUMNS, type EndpointRow } from "./endpoint-columns.ts";

const LIST_ENDPOINTS: Statement = {
  name: "list-endpoints",
  text: `
    select ${ENDPOINT_COLUMNS}
    from endpoints
    where tenant_id = $1::uuid and deleted_at is null and ($2::integer is null or number < $2::integer)
    order by number desc
    limit $3::integer`,
};

export function listEndpoints(
  database: Queryable,
  page: { readonly tenantId: string; readonly after: number | null; readonly limit: number },
): Promise<EndpointRow[]> {
  return database.query<EndpointRow>(LIST_ENDPOINTS, [page.tenantId, page.after, page.limit]);
}
