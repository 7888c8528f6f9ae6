/** Reads an event's way from the database, which also knows what an unfinished delivery waits for. */
import { toAttempt } from "../../core/attempts/attempt.ts";
import { toDelivery } from "../../core/deliveries/delivery.ts";
import { toEvent } from "../../core/events/event.ts";
import { toNumberId, toUuidId } from "../../core/ids/public-id.ts";
import { type Clock, createDatabaseClock } from "../../db/clock.ts";
import type { Database } from "../../db/database.ts";
import { findEventTenant } from "../../db/queries/find-event-tenant.ts";
import { listAttempts } from "../../db/queries/list-attempts.ts";
import { listEventTargets } from "../../db/queries/list-event-targets.ts";
import { readStanding, type StandingRow } from "../../db/queries/read-standing.ts";
import { selectDelivery } from "../../db/queries/select-delivery.ts";
import { selectEvent } from "../../db/queries/select-event.ts";
import type { TracedDelivery, TracedEvent } from "./traced-event.ts";

/** Enough to read; an event with more endpoints has a list in the API. */
const DELIVERIES_SHOWN_MAX = 100;
const ATTEMPTS_SHOWN_MAX = 100;
const AHEAD_COUNTED_MAX = 10_000;

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
  const standings = await readStanding(database, { tenantId, eventId, countUpTo: AHEAD_COUNTED_MAX });
  const deliveries: TracedDelivery[] = [];
  for (const { delivery_id: deliveryId } of targets) {
    const found = await selectDelivery(database, { tenantId, deliveryId });
    if (found === null) continue;
    const attempts = await listAttempts(database, { tenantId, deliveryId, limit: ATTEMPTS_SHOWN_MAX });
    const standing = standings.find((one) => one.delivery_id === deliveryId);
    deliveries.push({
      ...toDelivery(found),
      id: toNumberId("dlv", found.id),
      endpointId: toUuidId("ep", found.endpoint_id),
      attempts: attempts.toReversed().map(toTracedAttempt),
      standing: standing === undefined ? null : describeStanding(standing, now),
    });
  }
  const event = toEvent(row);
  return {
    id: toNumberId("evt", event.id),
    type: event.type,
    source: event.source,
    createdAt: event.createdAt,
    now,
    dataBytes: event.dataBytes,
    deliveryCount: event.deliveryCount,
    deliveries,
  };
}

function toTracedAttempt(row: Parameters<typeof toAttempt>[0]): TracedDelivery["attempts"][number] {
  const { request, response, ...attempt } = toAttempt(row);
  return { ...attempt, status: response?.status ?? null, signedBy: request.signedBy };
}

/** The first of these that is true is what holds it. */
function describeStanding(row: StandingRow, now: Date): string {
  if (row.node_id !== null) {
    if (row.host === null) return `leased to node ${row.node_id}, which is gone: it is rescued within a second`;
    const silentS = Math.max(0, now.getTime() - (row.heartbeat_at ?? now).getTime()) / 1000;
    return `leased to node ${row.node_id} (${row.host}, pid ${row.pid}), heard of ${silentS.toFixed(1)} s ago`;
  }
  const reason = row.endpoint_reason === null ? "" : ` (${row.endpoint_reason})`;
  if (row.endpoint_status !== "active") return `waits: the endpoint is ${row.endpoint_status}${reason}`;
  if (row.due_at > now) return "waits until it is due";
  if (row.parked_until !== null && row.parked_until > now) {
    return `due, and held back with its whole endpoint until ${row.parked_until.toISOString()}: rate limit or Retry-After`;
  }
  const ahead = row.ahead === 0 ? "it is next" : `${row.ahead} of the endpoint before it`;
  return row.capped
    ? `due, and waits for room under the in-flight cap: ${ahead}`
    : `due, and waits for a claim: ${ahead}`;
}
