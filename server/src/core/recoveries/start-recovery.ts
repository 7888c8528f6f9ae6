/**
 * Starts a recovery: it is written down here, and done by maintenance of whichever node, step by step at its rate. What
 * has ended by now counts; what ends later, resent or not, is left alone.
 */
import { randomUUID } from "node:crypto";

import { countUnfinishedRecoveries } from "../../db/queries/count-unfinished-recoveries.ts";
import { insertRecovery } from "../../db/queries/insert-recovery.ts";
import { lockTenant } from "../../db/queries/lock-tenant.ts";
import { type Actor, actorName, requireScope } from "../access/actor.ts";
import { appendAudit } from "../audit/append-audit.ts";
import type { CoreContext } from "../context.ts";
import { CoreError } from "../errors/core-error.ts";
import type { KeepAnswer } from "../idempotency/keep-answer.ts";
import { scanBelow } from "../pages/scan-page.ts";
import { countRecoverable } from "./count-recoverable.ts";
import { type Recovery, type RecoveryOrder, toRecovery, toRecoveryAudit } from "./recovery.ts";
import { checkRecoveryFilter, type RecoveryFilter, toRecoverableFilter } from "./recovery-filter.ts";

export interface StartRecoveryInput {
  readonly filter: RecoveryFilter;
  /** 1 to `RECOVERY_RATE_MAX`, over all its endpoints. */
  readonly ratePerSecond: number;
  /** Within each endpoint; endpoints take turns. */
  readonly order: RecoveryOrder;
}

/** What one node resends in a step without holding others up. */
export const RECOVERY_RATE_MAX = 1_000;
/** Running or paused. */
const UNFINISHED_A_TENANT_MAX = 20;

/** Throws `scope_required`, `not_found`, `validation_failed`, `endpoint_disabled`, `limit_reached`. */
export async function startRecovery({
  context,
  actor,
  tenantId,
  input,
  keepAnswer,
}: {
  readonly context: CoreContext;
  readonly actor: Actor;
  readonly tenantId: string;
  readonly input: StartRecoveryInput;
  readonly keepAnswer?: KeepAnswer<Recovery> | undefined;
}): Promise<Recovery> {
  requireScope(actor, tenantId, "deliveries:write");
  const { database, clock, keyRing } = context;
  const { filter, ratePerSecond, order } = input;
  const { disabledIds } = await checkRecoveryFilter(database, tenantId, filter);
  if (disabledIds.length > 0) {
    throw new CoreError("endpoint_disabled", "One of these endpoints is disabled. Nothing was started.");
  }

  const now = clock.now();
  const { deliveries, complete } = await countRecoverable(database, { tenantId, filter, now });
  return database.transaction(async (transaction) => {
    if ((await lockTenant(transaction, tenantId)) === null) {
      throw new CoreError("not_found", "There is no such tenant.");
    }
    if ((await countUnfinishedRecoveries(transaction, tenantId)) >= UNFINISHED_A_TENANT_MAX) {
      const message = `A tenant has at most ${UNFINISHED_A_TENANT_MAX} recoveries that run or are paused.`;
      throw new CoreError("limit_reached", message);
    }
    const row = await insertRecovery(transaction, {
      ...toRecoverableFilter(tenantId, filter, now),
      id: randomUUID(),
      newestFirst: order === "newest_first",
      ratePerSecond,
      below: scanBelow(null, filter.createdBefore),
      startedBy: actorName(actor),
      now,
      expected: complete ? deliveries : null,
    });
    const recovery = toRecovery(row);
    await keepAnswer?.(transaction, recovery);
    const subject = `recovery:${recovery.id}` as const;
    const after = toRecoveryAudit(recovery);
    await appendAudit(transaction, { keyRing, tenantId, actor, action: "recovery.start", subject, after, now });
    return recovery;
  });
}
