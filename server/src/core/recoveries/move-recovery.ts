/**
 * Pauses, resumes or cancels a recovery. Once this has returned, no further delivery is resent by a recovery that does not
 * run: a step that is under way holds the recovery's row, and is waited for. What has been resent goes on.
 */
import { lockRecovery } from "../../db/queries/lock-recovery.ts";
import { selectRecovery } from "../../db/queries/select-recovery.ts";
import { setRecoveryState } from "../../db/queries/set-recovery-state.ts";
import { type Actor, requireScope } from "../access/actor.ts";
import { appendAudit } from "../audit/append-audit.ts";
import type { CoreContext } from "../context.ts";
import { CoreError } from "../errors/core-error.ts";
import { type Recovery, toRecovery } from "./recovery.ts";
import { recoveryNotFound } from "./recovery-not-found.ts";
import { decideRecoveryState, type RecoveryAct } from "./recovery-state.ts";

/** Throws `scope_required`, `not_found`, `wrong_state`. */
export async function moveRecovery({
  context,
  actor,
  tenantId,
  recoveryId,
  act,
}: {
  readonly context: CoreContext;
  readonly actor: Actor;
  readonly tenantId: string;
  readonly recoveryId: string;
  readonly act: RecoveryAct;
}): Promise<Recovery> {
  requireScope(actor, tenantId, "deliveries:write");
  const { database, clock, keyRing } = context;
  const now = clock.now();
  return database.transaction(async (transaction) => {
    const state = await lockRecovery(transaction, { tenantId, recoveryId });
    if (state === null) throw recoveryNotFound();
    const next = decideRecoveryState(state, act);
    if (next === "refused") throw new CoreError("wrong_state", `This recovery is ${state}.`);
    if (next !== "unchanged") {
      await setRecoveryState(transaction, { recoveryId, state: next, now });
      const subject = `recovery:${recoveryId}` as const;
      const [before, after] = [{ state }, { state: next }];
      await appendAudit(transaction, {
        keyRing,
        tenantId,
        actor,
        action: `recovery.${act}`,
        subject,
        before,
        after,
        now,
      });
    }
    const row = await selectRecovery(transaction, { tenantId, recoveryId });
    if (row === null) throw recoveryNotFound();
    return toRecovery(row);
  });
}
