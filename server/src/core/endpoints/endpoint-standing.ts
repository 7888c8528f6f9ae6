/** An endpoint with how it stands: what contracts show that tell of failures beside the settings. */
import type { Queryable } from "../../db/database.ts";
import { listEndpointStandings } from "../../db/queries/list-endpoint-standings.ts";
import type { Endpoint } from "./endpoint.ts";

export interface EndpointStanding {
  readonly endpoint: Endpoint;
  /** Null while it is active. */
  readonly stoppedAt: Date | null;
  /** Failed tries since the last success. */
  readonly consecutiveFailures: number;
  /** Of the newest hundred deliveries that ended, or before the last failures. */
  readonly lastSuccessAt: Date | null;
  readonly lastFailureAt: Date | null;
}

/** Of each endpoint's ended deliveries so many are looked at for a success. */
const SUCCESS_WINDOW = 100;

/** How an endpoint stands that was just made. */
export function newStanding(endpoint: Endpoint): EndpointStanding {
  const stoppedAt = endpoint.status === "active" ? null : endpoint.createdAt;
  return { endpoint, stoppedAt, consecutiveFailures: 0, lastSuccessAt: null, lastFailureAt: null };
}

/** In the order of the endpoints; one that was deleted in between stands as a new one. */
export async function loadStandings(database: Queryable, endpoints: readonly Endpoint[]): Promise<EndpointStanding[]> {
  if (endpoints.length === 0) return [];
  const endpointIds = endpoints.map(({ id }) => id);
  const rows = await listEndpointStandings(database, { endpointIds, window: SUCCESS_WINDOW });
  const byId = new Map(rows.map((row) => [row.endpoint_id, row]));
  return endpoints.map((endpoint) => {
    const row = byId.get(endpoint.id);
    if (row === undefined) return newStanding(endpoint);
    return {
      endpoint,
      stoppedAt: endpoint.status === "active" ? null : row.status_changed_at,
      consecutiveFailures: row.consecutive_failures,
      lastSuccessAt: row.last_success_at,
      lastFailureAt: row.last_failure_at,
    };
  });
}
