/**
 * Starts new runs of an endpoint's deliveries of some events, ended or waiting, for contracts that name events and leave
 * out what cannot be sent: events that do not exist or never went to the endpoint, deliveries that are in flight, and
 * everything while the endpoint is disabled. A paused endpoint gets them when it is resumed.
 */
import { findEndpointDeliveries } from "../../db/queries/find-endpoint-deliveries.ts";
import { requeueDeliveries } from "../../db/queries/requeue-deliveries.ts";
import { restartWaitingDeliveries } from "../../db/queries/restart-waiting-deliveries.ts";
import { selectEndpoint } from "../../db/queries/select-endpoint.ts";
import { turnLanes } from "../../db/queries/turn-lanes.ts";
import { type Actor, requireScope } from "../access/actor.ts";
import { appendAudit } from "../audit/append-audit.ts";
import type { CoreContext } from "../context.ts";
import { endpointNotFound } from "../endpoints/endpoint-not-found.ts";

/** Short transactions, so that a long list does not hold the endpoint's lane. */
const EVENTS_AT_ONCE = 500;

/** Resolves to how many deliveries began a new run. Throws `scope_required`, `not_found`. */
export async function resendToEndpoint({
  context,
  actor,
  tenantId,
  endpointId,
  eventIds,
}: {
  readonly context: Pick<CoreContext, "database" | "clock" | "keyRing" | "engine">;
  readonly actor: Actor;
  readonly tenantId: string;
  readonly endpointId: string;
  readonly eventIds: readonly number[];
}): Promise<{ readonly resent: number }> {
  requireScope(actor, tenantId, "deliveries:write");
  const endpoint = await selectEndpoint(context.database, { tenantId, endpointId });
  if (endpoint === null) throw endpointNotFound();
  if (endpoint.status === "disabled") return { resent: 0 };

  // The keys of events are positive and below 2^53: nothing else can name one.
  const wanted = [...new Set(eventIds)].filter((id) => Number.isSafeInteger(id) && id > 0);
  let resent = 0;
  for (let start = 0; start < wanted.length; start += EVENTS_AT_ONCE) {
    const chunk = wanted.slice(start, start + EVENTS_AT_ONCE);
    resent += await resendChunk(context, actor, { tenantId, endpointId, eventIds: chunk });
  }
  if (resent > 0) context.engine.wakeDispatch();
  return { resent };
}

async function resendChunk(
  { database, clock, keyRing }: Pick<CoreContext, "database" | "clock" | "keyRing">,
  actor: Actor,
  chunk: { readonly tenantId: string; readonly endpointId: string; readonly eventIds: readonly number[] },
): Promise<number> {
  const found = await findEndpointDeliveries(database, chunk);
  if (found.length === 0) return 0;
  const { tenantId, endpointId } = chunk;
  const deliveryIds = found.filter((delivery) => delivery.ended).map((delivery) => delivery.id);
  const now = clock.now();
  return database.transaction(async (transaction) => {
    // The lane first: a claim locks the lane, then the rows that wait. Held to the commit, it hides none of them.
    await turnLanes(transaction, { endpointIds: [endpointId], now });
    const restarted = await restartWaitingDeliveries(transaction, { ...chunk, now });
    const requeued = await requeueDeliveries(transaction, { tenantId, deliveryIds, now });
    const deliveries = restarted + requeued.length;
    if (deliveries > 0) {
      const subject = `endpoint:${endpointId}` as const;
      await appendAudit(transaction, {
        keyRing,
        tenantId,
        actor,
        action: "event.resend",
        subject,
        after: { deliveries },
        now,
      });
    }
    return deliveries;
  });
}
