/**
 * Endpoints and attempts between the core and the contract (pure, both ways). The contract knows endpoints as on or off
 * and their filters as names of its own catalogue: a paused endpoint shows as off, "all types" and prefixes show as the
 * names that they take. What is sent back as it was shown changes nothing, so nobody loses what the contract cannot say.
 */
import type { SentAttempt } from "../../core/attempts/list-endpoint-attempts.ts";
import { EVENT_CATALOGUES } from "../../core/dialects/event-catalogues.ts";
import type { Endpoint, EventTypeFilter } from "../../core/endpoints/endpoint.ts";
import { matchesType } from "../../core/endpoints/route-keys.ts";
import type { CreateEndpointInput } from "../../core/endpoints/create-endpoint.ts";
import type { UpdateEndpointInput } from "../../core/endpoints/update-endpoint.ts";
import type { EndpointBody } from "./schemas.ts";

export const EVENT_TYPES = EVENT_CATALOGUES.selfcommunity;

export interface EventRef {
  readonly type: string;
  readonly added_at: string;
}

export interface EndpointAnswer {
  readonly id: number;
  readonly created_at: string;
  readonly updated_at: string;
  readonly is_active: boolean;
  readonly target: string;
  readonly description: string;
  readonly events: readonly EventRef[];
  readonly ssl_cert_verification: boolean;
}

export interface AttemptAnswer {
  readonly id: number;
  readonly created_at: string;
  readonly event: EventRef;
  readonly sent_at: string;
  readonly http_request_body: string;
  readonly http_request_signature_header: string;
  readonly http_response_code: number | null;
  readonly http_response_body: string;
  readonly next_retry: string | null;
}

export function toEndpointAnswer(endpoint: Endpoint): EndpointAnswer {
  return {
    id: endpoint.number,
    created_at: toTime(endpoint.createdAt),
    updated_at: toTime(endpoint.updatedAt),
    is_active: endpoint.status === "active",
    target: endpoint.url,
    description: endpoint.description,
    events: toEventRefs(endpoint),
    ssl_cert_verification: endpoint.verifyTls,
  };
}

export function toAttemptAnswer(endpoint: Endpoint, sent: SentAttempt): AttemptAnswer {
  const { attempt } = sent;
  return {
    id: attempt.id,
    created_at: toTime(sent.endedAt),
    event: toEventRef(endpoint, sent.eventType ?? ""),
    sent_at: toTime(attempt.startedAt),
    http_request_body: sent.body === null ? "" : Buffer.from(sent.body).toString("utf8"),
    http_request_signature_header: sent.signature ?? "",
    http_response_code: attempt.response?.status ?? null,
    http_response_body: attempt.response === null ? "" : Buffer.from(attempt.response.body).toString("utf8"),
    next_retry: attempt.nextAt === null ? null : toTime(attempt.nextAt),
  };
}

export function toCreateInput(body: EndpointBody & { readonly target: string }): CreateEndpointInput {
  return {
    ...toSettings(body, null),
    url: body.target,
    profile: "selfcommunity",
    disabled: body.is_active === false,
  };
}

export function toUpdateInput(body: EndpointBody, endpoint: Endpoint): UpdateEndpointInput {
  const wasActive = endpoint.status === "active";
  const isActive = body.is_active ?? wasActive;
  return {
    ...toSettings(body, endpoint),
    url: body.target === endpoint.url ? undefined : body.target,
    // Off again changes nothing: an endpoint that is paused shows as off and keeps what waits.
    status: isActive === wasActive ? undefined : isActive ? "active" : "disabled",
  };
}

/** The types that may be named in a body: those of the catalogue, and what the endpoint shows already. */
export function knownTypes(endpoint: Endpoint | null): ReadonlySet<string> {
  return new Set([...EVENT_TYPES, ...(endpoint === null ? [] : toEventRefs(endpoint).map((event) => event.type))]);
}

/** UTC with six digits of a second, as the contract shows times. */
export function toTime(at: Date): string {
  return at.toISOString().replace("Z", "000Z");
}

function toSettings(body: EndpointBody, endpoint: Endpoint | null): Omit<UpdateEndpointInput, "url" | "status"> {
  return {
    description: body.description,
    verifyTls: body.ssl_cert_verification,
    eventTypes: body.events === undefined ? undefined : toEventTypes(body.events, endpoint),
  };
}

/** Undefined when the filters are what the endpoint shows already. */
function toEventTypes(events: readonly { readonly type: string }[], endpoint: Endpoint | null): string[] | undefined {
  const wanted = [...new Set(events.map((event) => event.type))];
  if (endpoint === null) return wanted;
  const shown = new Set(toEventRefs(endpoint).map((event) => event.type));
  const isAsShown = wanted.length === shown.size && wanted.every((type) => shown.has(type));
  return isAsShown ? undefined : wanted;
}

function toEventRefs(endpoint: Endpoint): EventRef[] {
  const filters = endpoint.eventTypes ?? [{ pattern: "*", addedAt: endpoint.createdAt }];
  const types = new Set(filters.flatMap(toTypes));
  return [...types].map((type) => toEventRef(endpoint, type));
}

/** A name as it is, a prefix or `*` as what it takes of the catalogue. */
function toTypes({ pattern }: EventTypeFilter): readonly string[] {
  if (!pattern.endsWith("*")) return [pattern];
  return EVENT_TYPES.filter((type) => matchesType(pattern, type));
}

/** With the time since which the endpoint has wanted it, by its own name before any prefix. */
function toEventRef(endpoint: Endpoint, type: string): EventRef {
  const filters = endpoint.eventTypes ?? [];
  const filter =
    filters.find(({ pattern }) => pattern === type) ?? filters.find(({ pattern }) => matchesType(pattern, type));
  return { type, added_at: toTime(filter?.addedAt ?? endpoint.createdAt) };
}
