/** Finds an endpoint's deliveries of some events: which wait, and which have ended. Those in flight are left out. */
import type { Queryable, Statement } from "../database.ts";

const FIND_ENDPOINT_DELIVERIES: Statement = {
  name: "find-endpoint-deliveries",
  text: `
    select delivery_id as id, false as ended
    from queue
    where endpoint_id = $2::uuid and tenant_id = $1::uuid and event_id = any ($3::bigint[]) and lease is null
    union all
    select id, true
    from deliveries
    where event_id = any ($3::bigint[]) and endpoint_id = $2::uuid and tenant_id = $1::uuid`,
};

export function findEndpointDeliveries(
  database: Queryable,
  of: { readonly tenantId: string; readonly endpointId: string; readonly eventIds: readonly number[] },
): Promise<{ readonly id: number; readonly ended: boolean }[]> {
  return database.query(FIND_ENDPOINT_DELIVERIES, [of.tenantId, of.endpointId, of.eventIds]);
}
