/**
 * Reads a page of the endpoints that can be asked of an event: all that the tenant has, and those that were deleted
 * since and got a delivery of it. Newest first. With an id: that endpoint alone, deleted or not.
 */
import type { Queryable, Statement } from "../database.ts";
import { ENDPOINT_COLUMNS, type EndpointRow } from "./endpoint-columns.ts";

export interface ExplainedEndpointRow extends EndpointRow {
  readonly status_changed_at: Date;
  readonly deleted_at: Date | null;
}

const COLUMNS = `${ENDPOINT_COLUMNS}, endpoints.status_changed_at, endpoints.deleted_at`;

const LIST_EXPLAINED_ENDPOINTS: Statement = {
  name: "list-explained-endpoints",
  text: `
    with addressed as materialized (
      select endpoint_id from queue
      where tenant_id = $1::uuid and event_id = $2::bigint and delivery_id > $2::bigint
      union
      select endpoint_id from deliveries where event_id = $2::bigint and tenant_id = $1::uuid
    )
    select * from (
      (
        select ${COLUMNS} from endpoints
        where tenant_id = $1::uuid and deleted_at is null and ($3::integer is null or number < $3::integer)
        order by number desc limit $4::integer
      )
      union all
      (
        select ${COLUMNS} from addressed join endpoints on endpoints.id = addressed.endpoint_id
        where tenant_id = $1::uuid and deleted_at is not null and ($3::integer is null or number < $3::integer)
        order by number desc limit $4::integer
      )
    ) found
    order by number desc limit $4::integer`,
};

const SELECT_EXPLAINED_ENDPOINT: Statement = {
  name: "select-explained-endpoint",
  text: `select ${COLUMNS} from endpoints where tenant_id = $1::uuid and id = $2::uuid`,
};

export function listExplainedEndpoints(
  database: Queryable,
  page: {
    readonly tenantId: string;
    readonly eventId: number;
    readonly after: number | null;
    readonly limit: number;
  },
): Promise<ExplainedEndpointRow[]> {
  return database.query<ExplainedEndpointRow>(LIST_EXPLAINED_ENDPOINTS, [
    page.tenantId,
    page.eventId,
    page.after,
    page.limit,
  ]);
}

export function selectExplainedEndpoint(
  database: Queryable,
  by: { readonly tenantId: string; readonly endpointId: string },
): Promise<ExplainedEndpointRow[]> {
  return database.query<ExplainedEndpointRow>(SELECT_EXPLAINED_ENDPOINT, [by.tenantId, by.endpointId]);
}
