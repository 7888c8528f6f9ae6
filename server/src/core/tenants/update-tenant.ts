/** Changes a tenant's name or metadata. The slug stays: it stands in the paths that the tenant's callers use. */
import { updateTenant as updateTenantRow } from "../../db/queries/update-tenant.ts";
import { type Actor, requireRoot } from "../access/actor.ts";
import type { CoreContext } from "../context.ts";
import { CoreError } from "../errors/core-error.ts";
import { refuseProblems } from "../errors/refuse-problems.ts";
import type { Metadata } from "../metadata/check-metadata.ts";
import { checkTenant, type Tenant, toTenant } from "./tenant.ts";

export interface UpdateTenantInput {
  readonly name?: string | undefined;
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
  const row = await updateTenantRow(context.database, {
    id: tenantId,
    name: input.name ?? null,
    metadata: input.metadata ?? null,
    now: context.clock.now(),
  });
  if (row === null) throw new CoreError("not_found", "There is no such tenant.");
  return toTenant(row);
}
