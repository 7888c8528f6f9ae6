/**
 * One step of a recovery, in one commit: looks through the parts whose turn it is, resends what it finds as far as the
 * rate allows, and shrinks the parts by what is settled. Killed before the commit, nothing of it has happened; after it,
 * whoever takes the next step goes on behind it. So each delivery is resent once.
 *
 * No stampede: an endpoint is given more only while few of its deliveries are due and wait. A slow receiver slows its own
 * part alone, and what is published meanwhile stands behind these few, not behind all that is recovered.
 */
import type { Database, Queryable } from "../../db/database.ts";
import { type FoundRecoverable, findRecoverable } from "../../db/queries/find-recoverable.ts";
import { listRecoveryParts, type RecoveryPartRow } from "../../db/queries/list-recovery-parts.ts";
import { moveRecoveryParts } from "../../db/queries/move-recovery-parts.ts";
import { openRecovery } from "../../db/queries/open-recovery.ts";
import { requeueDeliveries } from "../../db/queries/requeue-deliveries.ts";
import { settleRecovery } from "../../db/queries/settle-recovery.ts";
import { type TakenRecoveryRow, takeRecovery } from "../../db/queries/take-recovery.ts";
import { turnLanes } from "../../db/queries/turn-lanes.ts";
import { scanFrom } from "../pages/scan-page.ts";
import { decideBudget, paceAfter } from "./recovery-pace.ts";

export interface RecoveryStep {
  readonly recovered: number;
  readonly finished: boolean;
  /** Endpoints of which nothing more can be resent for now: their queue is full, or their part is over. */
  readonly settledIds: readonly string[];
  /** Whether another step would find something to do at once. */
  readonly goesOn: boolean;
}

const NOTHING: RecoveryStep = { recovered: 0, finished: false, settledIds: [], goesOn: false };
const OPENED: RecoveryStep = { ...NOTHING, goesOn: true };

/** While so many deliveries of an endpoint are due and wait, a recovery adds none to them: some seconds of most receivers. */
const WAITING_MAX = 50;
/** Bounds of a step: it holds rows, and in the embedded database everybody. */
const PARTS_A_STEP = 100;
const ROWS_A_LOOK = 2_000;
const ROWS_A_STEP = 10_000;

/** `without`: endpoints that earlier steps have settled. Throws DatabaseError; then nothing of the step is done. */
export async function advanceRecovery(options: {
  readonly database: Database;
  readonly recoveryId: string;
  readonly without: readonly string[];
  readonly now: Date;
}): Promise<RecoveryStep> {
  const { database, recoveryId, without, now } = options;
  return database.transaction(async (transaction) => {
    const recovery = await takeRecovery(transaction, recoveryId);
    if (recovery === null) return NOTHING;
    if (recovery.endpoints === null) {
      await openRecovery(transaction, { recoveryId, from: scanFrom(recovery.created_after ?? undefined) });
      return OPENED;
    }
    const { tenant_id: tenantId, rate_per_second: ratePerSecond, paced_until: pacedUntil } = recovery;
    const budget = decideBudget({ pacedUntil, ratePerSecond, now });
    if (budget.deliveries === 0) return NOTHING;

    const parts = await listRecoveryParts(transaction, { recoveryId, without, limit: PARTS_A_STEP });
    const look = await lookThrough(transaction, { recovery, parts, budget: budget.deliveries, now });
    const requeued = await requeueDeliveries(transaction, { tenantId, deliveryIds: look.deliveryIds, now });
    await turnLanes(transaction, { endpointIds: requeued, now });
    await moveRecoveryParts(transaction, {
      recoveryId,
      endpointIds: look.moved.map((part) => part.endpoint_id),
      lowIds: look.moved.map((part) => part.low_id),
      highIds: look.moved.map((part) => part.high_id),
    });
    const finished = await settleRecovery(transaction, {
      recoveryId,
      recovered: requeued.length,
      payloadsGone: look.payloadsGone,
      endpointsClosed: look.endpointsClosed,
      pacedUntil: paceAfter(budget, look.deliveryIds.length, ratePerSecond),
      now,
    });
    const hasBudget = look.deliveryIds.length < budget.deliveries;
    const goesOn = hasBudget && look.moved.length > 0 && !finished;
    return { recovered: requeued.length, finished, settledIds: look.settledIds, goesOn };
  });
}

interface Look {
  readonly deliveryIds: number[];
  /** With what is left of them. */
  readonly moved: Omit<RecoveryPartRow, "open">[];
  readonly settledIds: string[];
  payloadsGone: number;
  endpointsClosed: number;
}

/** The budget is shared out between the parts; what one does not need is left to those behind it. */
async function lookThrough(
  transaction: Queryable,
  step: {
    readonly recovery: TakenRecoveryRow;
    readonly parts: readonly RecoveryPartRow[];
    readonly budget: number;
    readonly now: Date;
  },
): Promise<Look> {
  const { recovery, parts, budget, now } = step;
  const look: Look = { deliveryIds: [], moved: [], settledIds: [], payloadsGone: 0, endpointsClosed: 0 };
  let rows = 0;
  for (const [index, part] of parts.entries()) {
    const rest = budget - look.deliveryIds.length;
    if (rest === 0 || rows >= ROWS_A_STEP) break;
    if (!part.open) {
      look.endpointsClosed += 1;
      look.moved.push({ ...part, low_id: part.high_id });
      continue;
    }
    const share = Math.ceil(rest / (parts.length - index));
    const found = await findRecoverable(transaction, { ...searchOf(recovery, part), limit: share, now });
    rows += found.looked_at;
    look.deliveryIds.push(...(found.ids ?? []));
    look.payloadsGone += found.payloads_gone;
    look.moved.push(found.room === 0 ? part : shrink(part, found, recovery.newest_first));
    if (isSettled(found, share)) look.settledIds.push(part.endpoint_id);
  }
  return look;
}

function searchOf(
  recovery: TakenRecoveryRow,
  part: RecoveryPartRow,
): Omit<Parameters<typeof findRecoverable>[1], "limit" | "now"> {
  return {
    tenantId: recovery.tenant_id,
    outcomes: recovery.outcomes,
    type: recovery.type,
    class: recovery.class,
    createdAfter: recovery.created_after,
    createdBefore: recovery.created_before,
    endedBy: recovery.started_at,
    newestFirst: recovery.newest_first,
    endpointId: part.endpoint_id,
    lowId: part.low_id,
    highId: part.high_id,
    window: ROWS_A_LOOK,
    waitingMax: WAITING_MAX,
  };
}

/** What is left of the part; nothing where its end was reached. */
function shrink(part: RecoveryPartRow, { reached }: FoundRecoverable, newestFirst: boolean): RecoveryPartRow {
  if (reached === null) return { ...part, low_id: part.high_id };
  return newestFirst ? { ...part, high_id: reached } : { ...part, low_id: reached + 1 };
}

/** Not settled is a part whose window ended, or that had its whole share: it may have more. */
function isSettled({ room, reached, ids }: FoundRecoverable, share: number): boolean {
  if (room === 0 || reached === null) return true;
  return room < share && ids?.length === room;
}
