/**
 * The events that Posthorn publishes in a tenant about its endpoints (pure). They go only to endpoints that name their
 * type, and a delivery of one never causes another.
 */
import { toNumberId, toUuidId } from "../../core/ids/public-id.ts";
import type { OperationalType } from "../../core/endpoints/operational-types.ts";
import type { HealthRow } from "../../db/queries/write-health.ts";
import { countsForEndpoint } from "../retry/decide-next.ts";
import type { EndpointHealth } from "../retry/decide-health.ts";
import type { StoreRequest } from "../store/store-request.ts";
import type { FinishedAttempt } from "./finished-attempt.ts";

/** `delivery.exhausted`, for a delivery of a publisher's event that ended so; otherwise nothing. */
export function exhaustedEvent(row: HealthRow, entry: FinishedAttempt): StoreRequest[] {
  const { delivery } = entry;
  if (entry.next.state !== "exhausted" || !countsForEndpoint(delivery.source)) return [];
  return [
    operational(row, "delivery.exhausted", {
      deliveryId: toNumberId("dlv", delivery.deliveryId),
      eventId: toNumberId("evt", delivery.eventId),
      eventType: delivery.type,
      endpointId: toUuidId("ep", row.endpoint_id),
      run: delivery.run,
      attempts: entry.attempts,
      lastClass: entry.attempt?.class ?? null,
      lastStatus: entry.attempt?.answer?.status ?? null,
    }),
  ];
}

/** `endpoint.failing`: a warning that the endpoint will be stopped if this goes on. */
export function failingEvent(row: HealthRow, health: EndpointHealth): StoreRequest {
  return operational(row, "endpoint.failing", healthFacts(row, health));
}

/** `endpoint.paused` or `endpoint.disabled`, by Posthorn itself. */
export function stoppedEvent(
  row: HealthRow,
  stop: { readonly status: "paused" | "disabled"; readonly reason: "failing" | "gone"; readonly after: EndpointHealth },
): StoreRequest {
  return operational(row, `endpoint.${stop.status}`, { reason: stop.reason, ...healthFacts(row, stop.after) });
}

function healthFacts(row: HealthRow, health: EndpointHealth): Record<string, unknown> {
  return {
    endpointId: toUuidId("ep", row.endpoint_id),
    url: withoutQuery(row.url),
    failingSince: health.failingSince?.toISOString() ?? null,
    failedAttempts: health.consecutiveFailures,
    failedDeliveries: health.failedDeliveries,
    lastSuccessAt: health.lastSuccessAt?.toISOString() ?? null,
  };
}

/** A query string may hold a token of the receiver's; the event goes to another endpoint. */
function withoutQuery(url: string): string {
  const mark = url.indexOf("?");
  return mark === -1 ? url : url.slice(0, mark);
}

function operational(row: HealthRow, type: OperationalType, data: Record<string, unknown>): StoreRequest {
  return {
    tenantId: row.tenant_id,
    tenantNumber: row.tenant_number,
    keyId: null,
    source: "operational",
    events: [{ type, data: Buffer.from(JSON.stringify(data)), channels: null, id: null }],
    targetEndpointId: null,
    idempotency: null,
  };
}
