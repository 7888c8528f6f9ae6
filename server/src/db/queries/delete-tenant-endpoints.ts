/**
 * Deletes every endpoint of a tenant and wipes what was encrypted with it: no event is routed to it again, nothing of
 * it can be signed or read, and its new version makes every node drop what it holds. The rows stay for the log. They are
 * locked in the order of their ids, as the statement that records health does, so that the two never deadlock.
 */
import type { Queryable, Statement } from "../database.ts";

const DELETE_TENANT_ENDPOINTS: Statement = {
  name: "delete-tenant-endpoints",
  text: `
    with doomed as (
      select id from endpoints where tenant_id = $1::uuid and deleted_at is null order by id for no key update
    ),
    deleted as (
      update endpoints
      set deleted_at = $2::timestamptz,
          updated_at = $2::timestamptz,
          version = version + 1,
          route_keys = '{}',
          credentials = null,
          headers = null,
          encryption_key_id = null
      from doomed
      where endpoints.id = doomed.id
      returning endpoints.id
    )
    update secret_versions
    set state = 'expired', sealed = null, encryption_key_id = null,
      expires_at = least(expires_at, $2::timestamptz)
    from deleted
    where endpoint_id = deleted.id and state <> 'expired'`,
};

export async function deleteTenantEndpoints(
  database: Queryable,
  tenant: { readonly id: string; readonly now: Date },
): Promise<void> {
  await database.query(DELETE_TENANT_ENDPOINTS, [tenant.id, tenant.now]);
}
