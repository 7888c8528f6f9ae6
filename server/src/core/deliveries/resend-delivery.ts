/**
 * Starts a new run of one delivery, due now: from an end state it leaves the log for the queue, from waiting it begins
 * afresh where it stands. Two who resend an ended delivery at once make one run: the one who comes second finds it
 * waiting already (docs/delivery-states.md, `resend_asked`).
 */
import type { Queryable } from "../../db/database.ts";
import { requeueDeliveries } from "../../db/queries/requeue-deliveries.ts";
import { restartWaitingDelivery } from "../../db/queries/restart-waiting-delivery.ts";
import { selectDelivery } from "../../db/queries/select-delivery.ts";
import { type ResendStandingRow, selectResendStanding } from "../../db/queries/select-resend-standing.ts";
import { turnLanes } from "../../db/queries/turn-lanes.ts";
import { type Actor, requireScope } from "../access/actor.ts";
import { appendAudit } from "../audit/append-audit.ts";
import type { CoreContext } from "../context.ts";
import { CoreError } from "../errors/core-error.ts";
import type { KeepAnswer } from "../idempotency/keep-answer.ts";
import { type Delivery, toDelivery } from "./delivery.ts";
import { deliveryNotFound } from "./delivery-not-found.ts";

/** A delivery that moves between two looks at it is looked at again; it does not do so for ever. */
const LOOKS_MAX = 3;

/**
 * With `onlyFailed` a delivery that succeeded, or waits for its first try, is left alone.
 * Throws `scope_required`, `not_found`, `wrong_state` (in flight, not failed), `event_gone`, `endpoint_disabled`.
 */
export async function resendDelivery({
  context,
  actor,
  tenantId,
  deliveryId,
  keepAnswer,
  onlyFailed = false,
}: {
  readonly context: CoreContext;
  readonly actor: Actor;
  readonly tenantId: string;
  readonly deliveryId: number;
  readonly keepAnswer?: KeepAnswer<Delivery> | undefined;
  readonly onlyFailed?: boolean;
}): Promise<Delivery> {
  requireScope(actor, tenantId, "deliveries:write");
  const delivery = { tenantId, deliveryId, now: context.clock.now() };
  let hadEnded = false;
  for (let look = 0; look < LOOKS_MAX; look += 1) {
    const standing = await selectResendStanding(context.database, delivery);
    if (standing === null) throw deliveryNotFound();
    const hasEnded = standing.state !== "pending" && standing.state !== "in_flight";
    const isResentByAnother = hadEnded && !hasEnded;
    if (onlyFailed && !isResentByAnother) refuseUnfailed(standing);
    const resent = isResentByAnother
      ? await readDelivery(context.database, delivery)
      : await startRun(context, actor, { ...delivery, standing, hasEnded, keepAnswer });
    if (resent !== null) {
      context.engine.wakeDispatch();
      return resent;
    }
    hadEnded = hasEnded;
  }
  throw new CoreError("wrong_state", "This delivery is moving. Ask again in a moment.");
}

interface Resend {
  readonly tenantId: string;
  readonly deliveryId: number;
  readonly now: Date;
}

interface Run extends Resend {
  readonly standing: ResendStandingRow;
  readonly hasEnded: boolean;
  readonly keepAnswer: KeepAnswer<Delivery> | undefined;
}

/** Resolves to null when the delivery is no longer where it stood. */
async function startRun(
  { database, keyRing }: CoreContext,
  actor: Actor,
  { standing, hasEnded, keepAnswer, ...resend }: Run,
): Promise<Delivery | null> {
  refuseStanding(standing);
  const { tenantId, now } = resend;
  return database.transaction(async (transaction) => {
    const isStarted = hasEnded
      ? await resendEnded(transaction, resend)
      : await resendWaiting(transaction, resend, standing.endpoint_id);
    if (!isStarted) return null;
    const resent = await readDelivery(transaction, resend);
    await keepAnswer?.(transaction, resent);
    const subject = `delivery:${resend.deliveryId}` as const;
    const before = { state: standing.state };
    await appendAudit(transaction, { keyRing, tenantId, actor, action: "delivery.resend", subject, before, now });
    return resent;
  });
}

async function readDelivery(database: Queryable, delivery: Resend): Promise<Delivery> {
  const row = await selectDelivery(database, delivery);
  if (row === null) throw deliveryNotFound();
  return toDelivery(row);
}

function refuseUnfailed({ state, attempts }: ResendStandingRow): void {
  if (state === "succeeded") throw new CoreError("wrong_state", "This delivery has succeeded.");
  if (state === "pending" && attempts === 0) throw new CoreError("wrong_state", "This delivery waits already.");
}

function refuseStanding(standing: ResendStandingRow): void {
  if (standing.state === "in_flight") {
    throw new CoreError("wrong_state", "This delivery is in flight. Ask again when its outcome is known.");
  }
  if (!standing.event_kept) {
    throw new CoreError("event_gone", "The event of this delivery is past its retention; its data is gone.");
  }
  if (!standing.endpoint_open) {
    throw new CoreError("endpoint_disabled", "The endpoint of this delivery is disabled or deleted.");
  }
}

async function resendEnded(transaction: Queryable, { tenantId, deliveryId, now }: Resend): Promise<boolean> {
  const endpointIds = await requeueDeliveries(transaction, { tenantId, deliveryIds: [deliveryId], now });
  await turnLanes(transaction, { endpointIds, now });
  return endpointIds.length > 0;
}

/** The lane first: a claim locks the lane, then the row. */
async function resendWaiting(transaction: Queryable, resend: Resend, endpointId: string): Promise<boolean> {
  await turnLanes(transaction, { endpointIds: [endpointId], now: resend.now });
  return restartWaitingDelivery(transaction, resend);
}
