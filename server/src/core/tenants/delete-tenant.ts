/**
 * Deletes a tenant: in one transaction its keys and users are revoked, its endpoints deleted and their secrets wiped, so that
 * nothing of it can publish, receive or be read afterwards. What still waits for its endpoints is cancelled by the
 * sweep of deliveries without a live endpoint; the log stays until its partitions go.
 */
import { deleteTenant as deleteTenantRow } from "../../db/queries/delete-tenant.ts";
import { deleteTenantEndpoints } from "../../db/queries/delete-tenant-endpoints.ts";
import { revokeTenantApiKeys } from "../../db/queries/revoke-tenant-api-keys.ts";
import { revokeTenantUsers } from "../../db/queries/revoke-tenant-users.ts";
import { type Actor, requireRoot } from "../access/actor.ts";
import { appendAudit } from "../audit/append-audit.ts";
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
  const { keyRing } = context;
  const tenant = { id: tenantId, now: context.clock.now() };
  await context.database.transaction(async (transaction) => {
    // The tenant's row first: whoever adds to it holds or awaits its lock, so nothing is added behind our back.
    if (!(await deleteTenantRow(transaction, tenant))) throw new CoreError("not_found", "There is no such tenant.");
    await revokeTenantApiKeys(transaction, tenant);
    await revokeTenantUsers(transaction, tenant);
    await deleteTenantEndpoints(transaction, tenant);
    const subject = `tenant:${tenantId}` as const;
    await appendAudit(transaction, { keyRing, tenantId, actor, action: "tenant.delete", subject, now: tenant.now });
  });
  context.engine.wakeDispatch();
}
