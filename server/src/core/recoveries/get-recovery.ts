/** Reads one recovery with how far it is. */
import { selectRecovery } from "../../db/queries/select-recovery.ts";
import { type Actor, requireScope } from "../access/actor.ts";
import type { CoreContext } from "../context.ts";
import { type Recovery, toRecovery } from "./recovery.ts";
import { recoveryNotFound } from "./recovery-not-found.ts";

/** Throws `scope_required`, `not_found`. */
export async function getRecovery({
  context,
  actor,
  tenantId,
  recoveryId,
}: {
  readonly context: CoreContext;
  readonly actor: Actor;
  readonly tenantId: string;
  readonly recoveryId: string;
}): Promise<Recovery> {
  requireScope(actor, tenantId, "deliveries:read");
  const row = await selectRecovery(context.database, { tenantId, recoveryId });
  if (row === null) throw recoveryNotFound();
  return toRecovery(row);
}
