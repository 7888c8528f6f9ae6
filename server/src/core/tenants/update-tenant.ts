/** Changes a tenant's name, tier or metadata. The slug stays: it stands in the paths that the tenant's callers use. */
import { lockTenant } from "../../db/queries/lock-tenant.ts";
import { selectTenant } from "../../db/queries/select-tenant.ts";
import { updateTenant as updateTenantRow } from "../../db/queries/update-tenant.ts";
import { type Actor, requireRoot } from "../access/actor.ts";
import { appendAudit } from "../audit/append-audit.ts";
import type { CoreContext } from "../context.ts";
import { CoreError } from "../errors/core-error.ts";
import { refuseProblems } from "../errors/refuse-problems.ts";
import type { Metadata } from "../metadata/check-metadata.ts";
import { checkTenant, type Tenant, toTenant, toTenantAudit } from "./tenant.ts";
import type { Tier } from "./tier.ts";

export interface UpdateTenantInput {
  readonly name?: string | undefined;
  readonly tier?: Tier | undefined;
  /** Replaces the whole object. */
  readonly metadata?: Metadata | undefined;
}

/** Throws `scope_required`, `validation_failed`, `not_found`. */
export async function updateTenant({
  context,
  actor,
  tenantId,
  input,
}: {
  readonly context: CoreContext;
  readonly actor: Actor;
  readonly tenantId: string;
  readonly input: UpdateTenantInput;
}): Promise<Tenant> {
  requireRoot(actor);
  refuseProblems(checkTenant(input));
  const { database, clock, keyRing } = context;
  const { name = null, tier = null, metadata = null } = input;
  const now = clock.now();
  return database.transaction(async (transaction) => {
    await lockTenant(transaction, tenantId);
    const before = await selectTenant(transaction, { id: tenantId });
    const row = await updateTenantRow(transaction, { id: tenantId, name, tier, metadata, now });
    if (before === null || row === null) throw new CoreError("not_found", "There is no such tenant.");
    const tenant = toTenant(row);
    await appendAudit(transaction, {
      keyRing,
      tenantId,
      actor,
      action: "tenant.update",
      subject: `tenant:${tenantId}`,
      before: toTenantAudit(toTenant(before)),
      after: toTenantAudit(tenant),
      now,
    });
    return tenant;
  });
}
