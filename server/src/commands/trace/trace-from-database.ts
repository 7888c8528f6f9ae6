/** Reads an event's way from the database, which also knows which node has an unfinished delivery. */
import { type ExplainedDelivery, readExplainedDelivery } from "../../core/explanations/explain-delivery.ts";
import { toEvent } from "../../core/events/event.ts";
import { toNumberId, toUuidId } from "../../core/ids/public-id.ts";
import { type Clock, createDatabaseClock } from "../../db/clock.ts";
import type { Database } from "../../db/database.ts";
import { findEventTenant } from "../../db/queries/find-event-tenant.ts";
import { listEventTargets } from "../../db/queries/list-event-targets.ts";
import { readStanding, type StandingRow } from "../../db/queries/read-standing.ts";
import { selectEvent } from "../../db/queries/select-event.ts";
import type { TracedDelivery, TracedEvent } from "./traced-event.ts";

/** Enough to read; an event with more endpoints has a list in the API. */
const DELIVERIES_SHOWN_MAX = 100;

/** Resolves to null when there is no such event. */
export async function traceFromDatabase(
  database: Database,
  eventId: number,
  clock?: Clock,
): Promise<TracedEvent | null> {
  const tenantId = await findEventTenant(database, eventId);
  const row = tenantId === null ? null : await selectEvent(database, { tenantId, eventId });
  if (tenantId === null || row === null) return null;
  const now = (clock ?? (await createDatabaseClock(database))).now();
  const targets = (await listEventTargets(database, { tenantId, eventId })).slice(0, DELIVERIES_SHOWN_MAX);
  const deliveryIds = targets.map(({ delivery_id: id }) => id);
  const standings = await readStanding(database, { tenantId, deliveryIds, countUpTo: 0 });
  const deliveries: TracedDelivery[] = [];
  for (const deliveryId of deliveryIds) {
    const explained = await readExplainedDelivery(database, { tenantId, deliveryId, now });
    const standing = standings.find((one) => one.delivery_id === deliveryId);
    if (explained !== null) deliveries.push(toTraced(explained, standing, now));
  }
  const { createdAt, deliveryCount, dataBytes, type, source } = toEvent(row);
  return { id: toNumberId("evt", row.id), type, source, createdAt, dataBytes, deliveryCount, deliveries };
}

function toTraced(
  { delivery, timeline }: ExplainedDelivery,
  standing: StandingRow | undefined,
  now: Date,
): TracedDelivery {
  return {
    id: toNumberId("dlv", delivery.id),
    endpointId: toUuidId("ep", delivery.endpointId),
    source: delivery.source,
    state: delivery.state,
    timeline: timeline.map((entry) => ({
      ...entry,
      attempt: entry.attempt === null ? null : { run: entry.attempt.run, number: entry.attempt.number },
    })),
    node: standing === undefined ? null : describeNode(standing, now),
  };
}

function describeNode(row: StandingRow, now: Date): string | null {
  if (row.node_id === null) return null;
  if (row.host === null) return `leased to node ${row.node_id}, which is gone: it is rescued within a second`;
  const silentS = Math.max(0, now.getTime() - (row.heartbeat_at ?? now).getTime()) / 1000;
  return `leased to node ${row.node_id} (${row.host}, pid ${row.pid}), heard of ${silentS.toFixed(1)} s ago`;
}
