/**
 * From what a caller sets to what is stored: settings over what the endpoint has already (or over the defaults), with
 * the route keys that follow from the filters and the times that stay with them. Pure but for the sealing.
 */
import type { EndpointValues } from "../../db/queries/insert-endpoint.ts";
import type { KeyRing } from "../encryption/key-ring.ts";
import { toTimedFilters } from "./check-event-types.ts";
import type { EndpointSettings } from "./check-endpoint-settings.ts";
import { type EndpointProfile, type EventTypeFilter, HIDDEN } from "./endpoint.ts";
import { type EndpointParts, sealEndpointParts } from "./endpoint-parts.ts";
import { toEndpointRouteKeys } from "./route-keys.ts";

/** All that callers may set, complete and open. */
export interface PlainEndpoint extends EndpointParts {
  readonly url: string;
  readonly description: string;
  readonly eventTypes: readonly EventTypeFilter[] | null;
  readonly channels: readonly string[] | null;
  readonly envelope: "wrapped" | "none";
  readonly rateLimitPerSecond: number | null;
  readonly maxInFlight: number | null;
  readonly timeoutMs: number | null;
  readonly retryWaits: readonly number[] | null;
  readonly verifyTls: boolean;
  readonly metadata: Readonly<Record<string, unknown>>;
}

/** A new endpoint before anything is set: all types, all channels, the profile's schedule, certificates verified. */
export const NEW_ENDPOINT: Omit<PlainEndpoint, "url" | "credentials"> = {
  description: "",
  eventTypes: null,
  channels: null,
  envelope: "wrapped",
  headers: [],
  rateLimitPerSecond: null,
  maxInFlight: null,
  timeoutMs: null,
  retryWaits: null,
  verifyTls: true,
  metadata: {},
};

/** The endpoint with the settings that are given; URL and credentials are the caller's, who vetted them. */
export function applySettings(before: PlainEndpoint, settings: EndpointSettings, now: Date): PlainEndpoint {
  return {
    url: before.url,
    credentials: before.credentials,
    description: settings.description ?? before.description,
    eventTypes:
      settings.eventTypes === undefined
        ? before.eventTypes
        : toTimedFilters({ eventTypes: settings.eventTypes, before: before.eventTypes, now }),
    channels: settings.channels === undefined ? before.channels : settings.channels,
    envelope: settings.envelope ?? before.envelope,
    headers: settings.headers === undefined ? before.headers : mergeHeaders(before.headers, settings.headers),
    rateLimitPerSecond:
      settings.rateLimitPerSecond === undefined ? before.rateLimitPerSecond : settings.rateLimitPerSecond,
    maxInFlight: settings.maxInFlight === undefined ? before.maxInFlight : settings.maxInFlight,
    timeoutMs: settings.timeoutMs === undefined ? before.timeoutMs : settings.timeoutMs,
    retryWaits: settings.retryWaits === undefined ? before.retryWaits : settings.retryWaits,
    verifyTls: settings.verifyTls ?? before.verifyTls,
    metadata: settings.metadata ?? before.metadata,
  };
}

export function toEndpointValues(options: {
  readonly endpoint: PlainEndpoint;
  readonly endpointId: string;
  readonly tenantNumber: number;
  readonly profile: EndpointProfile;
  /** False where no event may find it: it is disabled, or held. */
  readonly listens: boolean;
  readonly keyRing: KeyRing;
}): EndpointValues {
  const { endpoint, endpointId, tenantNumber, profile, listens, keyRing } = options;
  const eventTypes = endpoint.eventTypes?.map((filter) => filter.pattern) ?? null;
  return {
    ...endpoint,
    ...sealEndpointParts({ keyRing, endpointId, parts: endpoint }),
    eventTypes,
    eventTypesAddedAt: endpoint.eventTypes?.map((filter) => filter.addedAt) ?? null,
    routeKeys: toEndpointRouteKeys({ tenantNumber, profile, eventTypes, listens }),
  };
}

/** The wanted headers; `***` takes the value that the name has already, whatever its case. */
function mergeHeaders(
  before: EndpointParts["headers"],
  wanted: Readonly<Record<string, string>>,
): EndpointParts["headers"] {
  const kept = new Map(before.map(([name, value]) => [name.toLowerCase(), value]));
  return Object.entries(wanted).map(([name, value]) => [
    name,
    value === HIDDEN ? (kept.get(name.toLowerCase()) ?? value) : value,
  ]);
}
