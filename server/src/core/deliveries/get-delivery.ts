/** Reads one delivery with its attempts, newest first: the record that explains what happened to it. */
import { listAttempts } from "../../db/queries/list-attempts.ts";
import { selectDelivery } from "../../db/queries/select-delivery.ts";
import { type Actor, requireScope } from "../access/actor.ts";
import { type Attempt, toAttempt } from "../attempts/attempt.ts";
import type { CoreContext } from "../context.ts";
import { type Delivery, toDelivery } from "./delivery.ts";
import { deliveryNotFound } from "./delivery-not-found.ts";

/** More than any schedule makes in three runs; with 16 KiB of answer each, an answer of at most 1.6 MiB. */
const ATTEMPTS_SHOWN_MAX = 100;

/** Throws `scope_required`, `not_found`. */
export async function getDelivery({
  context,
  actor,
  tenantId,
  deliveryId,
}: {
  readonly context: CoreContext;
  readonly actor: Actor;
  readonly tenantId: string;
  readonly deliveryId: number;
}): Promise<{ readonly delivery: Delivery; readonly attempts: readonly Attempt[] }> {
  requireScope(actor, tenantId, "deliveries:read");
  const row = await selectDelivery(context.database, { tenantId, deliveryId });
  if (row === null) throw deliveryNotFound();
  const attempts = await listAttempts(context.database, { tenantId, deliveryId, limit: ATTEMPTS_SHOWN_MAX });
  return { delivery: toDelivery(row), attempts: attempts.map(toAttempt) };
}
