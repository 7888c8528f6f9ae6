/** Reads one tenant. An API key may read its own, whatever its scopes: it must be able to learn where it is. */
import { selectTenant } from "../../db/queries/select-tenant.ts";
import type { Actor } from "../access/actor.ts";
import type { CoreContext } from "../context.ts";
import { CoreError } from "../errors/core-error.ts";
import { type Tenant, toTenant } from "./tenant.ts";

/** Throws `not_found`, also for another tenant's id. */
export async function getTenant({
  context,
  actor,
  tenantId,
}: {
  readonly context: CoreContext;
  readonly actor: Actor;
  readonly tenantId: string;
}): Promise<Tenant> {
  const mayRead = actor.kind === "root" || actor.tenantId === tenantId;
  const row = mayRead ? await selectTenant(context.database, { id: tenantId }) : null;
  if (row === null) throw new CoreError("not_found", "There is no such tenant.");
  return toTenant(row);
}
