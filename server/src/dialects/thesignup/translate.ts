/**
 * Endpoints, deliveries and tests between the core and the contract (pure, both ways). An endpoint carries every field
 * twice where the contract's reference and its command line client have different names for it. The contract knows
 * endpoints as paused or not, and no filter means every type; what it cannot say comes back as it was shown and then
 * changes nothing.
 */
import { type ErrorClass, errorClasses } from "../../core/attempts/error-class.ts";
import type { Attempt } from "../../core/attempts/attempt.ts";
import type { CallerDescription } from "../../core/access/describe-caller.ts";
import type { Delivery, DeliverySource } from "../../core/deliveries/delivery.ts";
import type { CreateEndpointInput } from "../../core/endpoints/create-endpoint.ts";
import type { Endpoint } from "../../core/endpoints/endpoint.ts";
import type { EndpointStanding } from "../../core/endpoints/endpoint-standing.ts";
import type { UpdateEndpointInput } from "../../core/endpoints/update-endpoint.ts";
import { TEST_EVENT_TYPE } from "../../core/event-types/reserved-event-types.ts";
import { toNumberUuid } from "../../core/ids/number-uuid.ts";
import type { CreateEndpointBody, UpdateEndpointBody } from "./schemas.ts";

export interface EndpointAnswer {
  readonly id: string;
  readonly url: string;
  readonly description: string | null;
  readonly eventTypes: readonly string[];
  readonly paused: boolean;
  readonly pausedReason: string | null;
  readonly pausedAt: string | null;
  readonly consecutiveFailures: number;
  readonly lastSuccessAt: string | null;
  readonly lastFailureAt: string | null;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly events: readonly string[];
  readonly status: "active" | "paused" | "failing";
  readonly created_at: string;
  readonly updated_at: string;
}

export interface SecretAnswer {
  readonly endpoint: EndpointAnswer;
  readonly signingSecret: string;
}

export interface DeliveryAnswer {
  readonly id: string;
  readonly eventType: string;
  readonly status: "pending" | "delivered" | "failed" | "dlq";
  readonly attemptCount: number;
  readonly lastResponseStatus: number | null;
  readonly errorMessage: string | null;
  readonly createdAt: string;
  readonly deliveredAt: string | null;
  readonly dlqAt: string | null;
}

export interface TestAnswer {
  readonly delivered: boolean;
  readonly responseStatus: number | null;
  readonly responseBody: string | null;
  readonly errorMessage: string | null;
  readonly latencyMs: number;
}

/** What a list of deliveries shows: tests and probes are none of the contract's deliveries. */
export const SHOWN_SOURCES: readonly DeliverySource[] = ["publish", "resend", "operational"];

export function toEndpointAnswer(standing: EndpointStanding): EndpointAnswer {
  const { endpoint, stoppedAt, consecutiveFailures } = standing;
  const paused = endpoint.status !== "active";
  const eventTypes = toEventTypes(endpoint);
  const [createdAt, updatedAt] = [endpoint.createdAt.toISOString(), endpoint.updatedAt.toISOString()];
  return {
    id: endpoint.id,
    url: endpoint.url,
    description: endpoint.description === "" ? null : endpoint.description,
    eventTypes,
    paused,
    pausedReason: toPausedReason(endpoint),
    pausedAt: stoppedAt?.toISOString() ?? null,
    consecutiveFailures,
    lastSuccessAt: standing.lastSuccessAt?.toISOString() ?? null,
    lastFailureAt: standing.lastFailureAt?.toISOString() ?? null,
    createdAt,
    updatedAt,
    events: eventTypes,
    status: paused ? "paused" : consecutiveFailures > 0 ? "failing" : "active",
    created_at: createdAt,
    updated_at: updatedAt,
  };
}

/** The shape of the reference and the flat one of the command line client in one. */
export function toCreatedAnswer(answer: SecretAnswer): SecretAnswer & EndpointAnswer & { readonly secret: string } {
  return { ...answer.endpoint, ...answer, secret: answer.signingSecret };
}

export function toDeliveryAnswer(delivery: Delivery): DeliveryAnswer {
  const finishedAt = delivery.finishedAt?.toISOString() ?? null;
  const status = toDeliveryStatus(delivery);
  return {
    id: toNumberUuid(delivery.id),
    eventType: delivery.type,
    status,
    attemptCount: delivery.attemptCount,
    lastResponseStatus: delivery.lastStatus,
    errorMessage: delivery.reason === null ? toErrorMessage(delivery.lastClass) : CANCELLED,
    createdAt: delivery.createdAt.toISOString(),
    deliveredAt: status === "delivered" ? finishedAt : null,
    dlqAt: status === "dlq" ? finishedAt : null,
  };
}

export function toTestAnswer({ outcome, response, class: errorClass, timings }: Attempt): TestAnswer {
  return {
    delivered: outcome === "accepted",
    responseStatus: response?.status ?? null,
    responseBody: response === null ? null : Buffer.from(response.body).toString("utf8"),
    errorMessage: toErrorMessage(errorClass),
    latencyMs: Math.round(timings.totalMs ?? 0),
  };
}

/** A key has no address of a person; it gets one that nothing is ever sent to (RFC 2606). */
export function toCallerAnswer({ id, name, email, tenant }: CallerDescription) {
  return {
    id,
    name,
    email: email ?? `${id}@api-keys.invalid`,
    organization: { id: tenant.id, name: tenant.name, slug: tenant.slug, tier: tenant.tier },
  };
}

export function toCreateInput(given: CreateEndpointBody): CreateEndpointInput {
  return {
    url: given.url,
    description: given.description ?? "",
    eventTypes: toFilters(given.eventTypes ?? given.events ?? []),
    profile: "thesignup",
    withUnregisteredTypes: true,
  };
}

export function toUpdateInput(given: UpdateEndpointBody, endpoint: Endpoint): UpdateEndpointInput {
  const isPaused = endpoint.status !== "active";
  return {
    url: given.url === endpoint.url ? undefined : given.url,
    description: given.description === null ? "" : given.description,
    eventTypes: toChangedFilters(given.eventTypes, endpoint),
    // Paused again changes nothing: an endpoint that is disabled shows as paused and stays what it is.
    status: given.paused === undefined || given.paused === isPaused ? undefined : given.paused ? "paused" : "active",
    forgetsFailures: given.paused === false,
    withUnregisteredTypes: true,
  };
}

/** An empty list means every type; an endpoint that takes none shows the one type that still reaches it. */
function toEventTypes({ eventTypes }: Endpoint): readonly string[] {
  if (eventTypes === null) return [];
  return eventTypes.length === 0 ? [TEST_EVENT_TYPE] : eventTypes.map(({ pattern }) => pattern);
}

function toFilters(names: readonly string[]): readonly string[] | null {
  return names.length === 0 ? null : [...new Set(names)];
}

/** Undefined when the filters are what the endpoint shows already. */
function toChangedFilters(
  names: readonly string[] | undefined,
  endpoint: Endpoint,
): readonly string[] | null | undefined {
  if (names === undefined) return undefined;
  const [wanted, shown] = [new Set(names), new Set(toEventTypes(endpoint))];
  const isAsShown = wanted.size === shown.size && names.every((name) => shown.has(name));
  return isAsShown ? undefined : toFilters(names.filter((name) => name !== TEST_EVENT_TYPE));
}

function toPausedReason({ status, statusReason }: Endpoint): string | null {
  switch (statusReason) {
    case null:
      return null;
    case "failing":
      return "consecutive_failures";
    case "gone":
      return "gone";
    case "held":
      return "held";
    case "manual":
      return status === "disabled" ? "disabled" : "manual";
  }
}

const CANCELLED = "This delivery was given up before it was tried for the last time.";

/** Failed is what has been tried and will be again; what was cancelled ended without its receiver, as a dead letter. */
function toDeliveryStatus({ state, attemptCount }: Delivery): DeliveryAnswer["status"] {
  switch (state) {
    case "pending":
    case "in_flight":
      return attemptCount > 0 ? "failed" : "pending";
    case "succeeded":
      return "delivered";
    case "exhausted":
    case "cancelled":
      return "dlq";
  }
}

function toErrorMessage(errorClass: ErrorClass | null): string | null {
  return errorClass === null ? null : errorClasses[errorClass].cause;
}
