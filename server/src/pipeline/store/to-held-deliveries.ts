/** What a commit of publishes leased to this node, as it goes on to the wire (pure). */
import type { StoreRow } from "../../db/queries/store-rows.ts";
import type { HeldDelivery } from "../held-delivery.ts";
import type { StoreRequest } from "./store-request.ts";

/** One commit of the store stage. */
export interface Commit {
  readonly lease: number;
  readonly now: Date;
  /** Milliseconds of the monotonic clock, before it began. */
  readonly started: number;
}

/** `waiting`: how many of the commit's deliveries wait in their lanes. */
export function toHeldDeliveries(
  requests: readonly StoreRequest[],
  rows: readonly StoreRow[],
  { lease, now }: Commit,
): { readonly deliveries: HeldDelivery[]; readonly waiting: number } {
  const events = requests.flatMap((request) => request.events.map(({ type, data }) => ({ request, type, data })));
  const ids = new Map<number, number>();
  let waiting = 0;
  for (const row of rows) {
    if (row.kind !== "event") continue;
    ids.set(row.no, row.id);
    waiting += row.waiting;
  }
  const heldSince = performance.now();
  const deliveries: HeldDelivery[] = [];
  for (const row of rows) {
    if (row.kind !== "leased") continue;
    const event = events[row.no - 1];
    const eventId = ids.get(row.no);
    if (event === undefined || eventId === undefined) continue;
    deliveries.push({
      deliveryId: row.id,
      eventId,
      tenantId: event.request.tenantId,
      endpointId: row.endpoint_id,
      version: row.version,
      maxInFlight: row.max_in_flight,
      type: event.type,
      source: event.request.source,
      run: 1,
      attempts: 0,
      deferrals: 0,
      eventCreatedAt: now,
      traceparent: event.request.traceparent,
      data: event.data,
      probe: event.request.probe ?? null,
      lease,
      heldSince,
    });
  }
  return { deliveries, waiting };
}
