/** Tells what a recovery with this filter would do if it were started now, and changes nothing. */
import { type Actor, requireScope } from "../access/actor.ts";
import type { CoreContext } from "../context.ts";
import { countRecoverable, type RecoveryPreview } from "./count-recoverable.ts";
import { checkRecoveryFilter, type RecoveryFilter } from "./recovery-filter.ts";

/** Throws `scope_required`, `not_found`, `validation_failed`. */
export async function previewRecovery({
  context,
  actor,
  tenantId,
  filter,
}: {
  readonly context: CoreContext;
  readonly actor: Actor;
  readonly tenantId: string;
  readonly filter: RecoveryFilter;
}): Promise<RecoveryPreview> {
  requireScope(actor, tenantId, "deliveries:read");
  const { database, clock } = context;
  await checkRecoveryFilter(database, tenantId, filter);
  return countRecoverable(database, { tenantId, filter, now: clock.now() });
}
