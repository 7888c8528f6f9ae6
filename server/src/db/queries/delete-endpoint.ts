/**
 * Deletes an endpoint and wipes what was encrypted with it: no event is routed to it again, nothing of it can be signed
 * or read, and its new version makes every node drop what it holds. The row stays for the log.
 */
import type { Queryable, Statement } from "../database.ts";

const DELETE_ENDPOINT: Statement = {
  name: "delete-endpoint",
  text: `
    with deleted as (
      update endpoints
      set deleted_at = $3::timestamptz, updated_at = $3::timestamptz, version = version + 1, route_keys = '{}',
        credentials = null, headers = null, header_names = '{}', encryption_key_id = null
      where id = $2::uuid and tenant_id = $1::uuid and deleted_at is null
      returning id
    ),
    wiped as (
      update secret_versions
      set state = 'expired', sealed = null, encryption_key_id = null,
        expires_at = least(expires_at, $3::timestamptz)
      from deleted
      where endpoint_id = deleted.id and state <> 'expired'
    )
    select id from deleted`,
};

/** Resolves to whether there was such an endpoint. */
export async function deleteEndpoint(
  transaction: Queryable,
  endpoint: { readonly tenantId: string; readonly endpointId: string; readonly now: Date },
): Promise<boolean> {
  const rows = await transaction.query(DELETE_ENDPOINT, [endpoint.tenantId, endpoint.endpointId, endpoint.now]);
  return rows.length > 0;
}
