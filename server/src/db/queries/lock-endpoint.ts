/**
 * Reads one endpoint of a tenant with its sealed parts and its tenant's number, and locks its row for the rest of the
 * transaction: whoever decides from what an endpoint or its secrets are now holds this lock.
 */
import type { Queryable, Statement } from "../database.ts";
import { ENDPOINT_COLUMNS, type EndpointRow } from "./endpoint-columns.ts";

export interface LockedEndpointRow extends EndpointRow {
  readonly tenant_number: number;
  readonly credentials: Uint8Array | null;
  readonly headers: Uint8Array | null;
  readonly encryption_key_id: string | null;
}

const LOCK_ENDPOINT: Statement = {
  name: "lock-endpoint",
  text: `
    select ${ENDPOINT_COLUMNS}, tenants.number as tenant_number, endpoints.credentials, endpoints.headers,
      endpoints.encryption_key_id
    from endpoints join tenants on tenants.id = endpoints.tenant_id
    where endpoints.id = $2::uuid and endpoints.tenant_id = $1::uuid and endpoints.deleted_at is null
    for no key update of endpoints`,
};

/** Null when the endpoint is not the tenant's, or is deleted. */
export async function lockEndpoint(
  transaction: Queryable,
  by: { readonly tenantId: string; readonly endpointId: string },
): Promise<LockedEndpointRow | null> {
  const rows = await transaction.query<LockedEndpointRow>(LOCK_ENDPOINT, [by.tenantId, by.endpointId]);
  return rows[0] ?? null;
}
