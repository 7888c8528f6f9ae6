/**
 * Ends a delivery that waits. One that is in flight cannot be taken back, and one that has ended stays as it ended;
 * both are refused (docs/delivery-states.md, `cancel_asked`).
 */
import { cancelDelivery as cancelWaitingDelivery } from "../../db/queries/cancel-delivery.ts";
import { selectDelivery } from "../../db/queries/select-delivery.ts";
import { type Actor, requireScope } from "../access/actor.ts";
import { appendAudit } from "../audit/append-audit.ts";
import type { CoreContext } from "../context.ts";
import { CoreError } from "../errors/core-error.ts";
import { type Delivery, toDelivery } from "./delivery.ts";
import { deliveryNotFound } from "./delivery-not-found.ts";

/** Throws `scope_required`, `not_found`, `wrong_state`. */
export async function cancelDelivery({
  context,
  actor,
  tenantId,
  deliveryId,
}: {
  readonly context: CoreContext;
  readonly actor: Actor;
  readonly tenantId: string;
  readonly deliveryId: number;
}): Promise<Delivery> {
  requireScope(actor, tenantId, "deliveries:write");
  const { database, clock, keyRing } = context;
  const now = clock.now();
  const cancelled = await database.transaction(async (transaction) => {
    if (!(await cancelWaitingDelivery(transaction, { tenantId, deliveryId, now }))) return false;
    const subject = `delivery:${deliveryId}` as const;
    await appendAudit(transaction, { keyRing, tenantId, actor, action: "delivery.cancel", subject, now });
    return true;
  });
  const row = await selectDelivery(context.database, { tenantId, deliveryId });
  if (row === null) throw deliveryNotFound();
  if (cancelled) return toDelivery(row);
  const hint =
    row.state === "pending" || row.state === "in_flight"
      ? "A request that is on its way cannot be taken back. Ask again in a moment."
      : "It has ended.";
  throw new CoreError("wrong_state", `This delivery is ${row.state}. ${hint}`);
}
