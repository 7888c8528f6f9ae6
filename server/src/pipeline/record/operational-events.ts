/**
 * The events that Posthorn publishes in a tenant about its endpoints (pure). They go only to endpoints that name their
 * type, and a delivery of one never causes another.
 */
import { toNumberId, toUuidId } from "../../core/ids/public-id.ts";
import { toBase62Id, toBase62NumberId } from "../../core/ids/base62-id.ts";
import type { OperationalType } from "../../core/endpoints/operational-types.ts";
import type { HealthRow } from "../../db/queries/write-health.ts";
import { findProfile } from "../../profiles/find-profile.ts";
import type { Profile } from "../../profiles/profile.ts";
import { countsForEndpoint } from "../retry/decide-next.ts";
import type { EndpointHealth } from "../retry/decide-health.ts";
import type { StoreRequest } from "../store/store-request.ts";
import type { FinishedAttempt } from "./finished-attempt.ts";

/**
 * `delivery.exhausted`, for a delivery of a publisher's event that ended so, and what the endpoint's contract says of it
 * besides; otherwise nothing. `attemptId` is the key of the last attempt.
 */
export function exhaustedEvents(row: HealthRow, entry: FinishedAttempt, attemptId: number | null): StoreRequest[] {
  const { delivery } = entry;
  if (entry.next.state !== "exhausted" || !countsForEndpoint(delivery.source)) return [];
  const profile = findProfile(row.profile);
  return [
    ...(profile?.announcesExhaustion === true ? [announcement(row, entry, { profile, attemptId })] : []),
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

/**
 * `message.attempt.exhausted`, to the tenant's other endpoints: the body that the provider of Velt's deliveries sends
 * (its public API description; the contract's own pages name the event alone). Ids are as the contract's receivers know
 * them; the status is 0 where there was no answer.
 */
function announcement(
  row: HealthRow,
  { delivery, attempt }: FinishedAttempt,
  { profile, attemptId }: { readonly profile: Profile; readonly attemptId: number | null },
): StoreRequest {
  const publicId = toNumberId("evt", delivery.eventId);
  const type = "message.attempt.exhausted";
  const data = {
    appId: toBase62Id("app", row.tenant_id),
    endpointId: toBase62Id("ep", row.endpoint_id),
    msgId: profile.eventId({ id: delivery.eventId, publicId }),
    lastAttempt: {
      id: toBase62NumberId("atmpt", attemptId ?? 0),
      timestamp: attempt?.startedAt.toISOString() ?? null,
      responseStatusCode: attempt?.answer?.status ?? 0,
    },
  };
  return { ...operational(row, type, { type, data }), exceptEndpointId: row.endpoint_id };
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
