/**
 * Deletes a tenant: in one transaction its keys are revoked, its endpoints deleted and their secrets wiped, so that
 * nothing of it can publish, receive or be read afterwards. What still waits for its endpoints is cancelled by the
 * sweep of deliveries without a live endpoint; the log stays until its partitions go.
 */
import { deleteTenant as deleteTenantRow } from "../../db/queries/delete-tenant.ts";
import { deleteTenantEndpoints } from "../../db/queries/delete-tenant-endpoints.ts";
import { revokeTenantApiKeys } from "../../db/queries/revoke-tenant-api-keys.ts";
import { type Actor, requireRoot } from "../access/actor.ts";
import type { CoreContext } from "../context.ts";
import { CoreError } from "../errors/core-error.ts";

/** Throws `scope_required`, `not_found`. */
export async function deleteTenant({
  context,
  actor,
  tenantId,
}: {
  readonly context: CoreContext;
  readonly actor: Actor;
  readonly tenantId: string;
}): Promise<void> {
  requireRoot(actor);
  const tenant = { id: tenantId, now: context.clock.now() };
  await context.database.transaction(async (transaction) => {
    // The tenant's row first: whoever adds to it holds or awaits its lock, so nothing is added behind our back.
    if (!(await deleteTenantRow(transaction, tenant))) throw new CoreError("not_found", "There is no such tenant.");
    await revokeTenantApiKeys(transaction, tenant);
    await deleteTenantEndpoints(transaction, tenant);
  });
  context.engine.wakeDispatch();
}
