/** Reads one event with its data, byte for byte as published, and the newest of its deliveries. */
import { listDeliveries } from "../../db/queries/list-deliveries.ts";
import { selectEvent } from "../../db/queries/select-event.ts";
import { type Actor, requireScope } from "../access/actor.ts";
import type { CoreContext } from "../context.ts";
import { type Delivery, toDelivery } from "../deliveries/delivery.ts";
import { PAGE_LIMIT_MAX } from "../pages/page.ts";
import { type PublishedEvent, toEvent } from "./event.ts";
import { eventNotFound } from "./event-not-found.ts";

/** One page; the list of deliveries by event has the rest. */
const DELIVERIES_SHOWN_MAX = PAGE_LIMIT_MAX;

export interface EventInFull {
  readonly event: PublishedEvent;
  readonly data: Uint8Array;
  readonly deliveries: readonly Delivery[];
}

/** Throws `scope_required`, `not_found`. */
export async function getEvent({
  context,
  actor,
  tenantId,
  eventId,
}: {
  readonly context: CoreContext;
  readonly actor: Actor;
  readonly tenantId: string;
  readonly eventId: number;
}): Promise<EventInFull> {
  requireScope(actor, tenantId, "events:read");
  const row = await selectEvent(context.database, { tenantId, eventId });
  if (row === null) throw eventNotFound();
  const { rows } = await listDeliveries(context.database, {
    ...EVERY_DELIVERY,
    tenantId,
    eventId,
    limit: DELIVERIES_SHOWN_MAX,
  });
  return { event: toEvent(row), data: row.data, deliveries: rows.map(toDelivery) };
}

const EVERY_DELIVERY = {
  below: Number.MAX_SAFE_INTEGER,
  endpointId: null,
  state: null,
  type: null,
  class: null,
  status: null,
  sources: null,
  createdAfter: null,
  createdBefore: null,
  queueWindow: 0,
  logWindow: 0,
};
