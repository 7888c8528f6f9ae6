/** Which of some endpoints a tenant has, and whether something can be sent to them. */
import type { Queryable, Statement } from "../database.ts";

export interface EndpointOpennessRow {
  readonly id: string;
  /** Not disabled. */
  readonly open: boolean;
}

const LIST_ENDPOINT_OPENNESS: Statement = {
  name: "list-endpoint-openness",
  text: `
    select id, status <> 'disabled' as open
    from endpoints
    where id = any ($2::uuid[]) and tenant_id = $1::uuid and deleted_at is null`,
};

export function listEndpointOpenness(
  database: Queryable,
  of: { readonly tenantId: string; readonly endpointIds: readonly string[] },
): Promise<EndpointOpennessRow[]> {
  return database.query<EndpointOpennessRow>(LIST_ENDPOINT_OPENNESS, [of.tenantId, of.endpointIds]);
}
