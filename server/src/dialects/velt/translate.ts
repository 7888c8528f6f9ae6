/**
 * Endpoints and the configuration between the core and the contract (pure, both ways). The contract knows endpoints as
 * enabled or disabled and their filters as names: a paused endpoint shows as disabled, a prefix shows as the names of the
 * catalogue that it takes. What is sent back as it was shown changes nothing, so nobody loses what the contract cannot say.
 */
import { EVENT_CATALOGUES } from "../../core/dialects/event-catalogues.ts";
import type { CreateEndpointInput } from "../../core/endpoints/create-endpoint.ts";
import type { Endpoint, EventTypeFilter } from "../../core/endpoints/endpoint.ts";
import { EVERY_TYPE, matchesType } from "../../core/endpoints/route-keys.ts";
import type { UpdateEndpointInput } from "../../core/endpoints/update-endpoint.ts";
import { fromBase62Id, toBase62Id } from "../../core/ids/base62-id.ts";
import type { ProfileSettings } from "../../core/profile-settings/profile-settings.ts";
import type { UpdateProfileSettingsInput } from "../../core/profile-settings/update-profile-settings.ts";
import type { ConfigData, CreateData, EndpointData } from "./schemas.ts";

/** What publishers send, and Posthorn's own. */
export const EVENT_TYPES = [...EVENT_CATALOGUES.velt, "message.attempt.exhausted"];

export interface EndpointAnswer {
  readonly id: string;
  readonly url: string;
  readonly description: string | null;
  readonly filterTypes: readonly string[] | null;
  readonly channels: readonly string[] | null;
  readonly disabled: boolean;
  readonly rateLimit: number | null;
  readonly uid: string | null;
  readonly createdAt: string;
  readonly updatedAt: string;
}

export interface ConfigAnswer {
  readonly isEnabled: boolean;
  readonly encryptData: boolean;
  readonly encodeData: boolean;
  readonly publicKey: string;
  readonly enableDataProtection: boolean;
}

export function toEndpointId(uuid: string): string {
  return toBase62Id("ep", uuid);
}

/** Null when the text is no endpoint's id. */
export function fromEndpointId(id: string): string | null {
  return fromBase62Id("ep", id);
}

export function toEndpointAnswer(endpoint: Endpoint): EndpointAnswer {
  return {
    id: toEndpointId(endpoint.id),
    url: endpoint.url,
    description: endpoint.description === "" ? null : endpoint.description,
    filterTypes: toFilterTypes(endpoint),
    channels: endpoint.channels,
    disabled: endpoint.status !== "active",
    rateLimit: endpoint.rateLimitPerSecond,
    uid: endpoint.uid,
    createdAt: endpoint.createdAt.toISOString(),
    updatedAt: endpoint.updatedAt.toISOString(),
  };
}

export function toCreateInput(data: CreateData): CreateEndpointInput {
  return {
    ...toSettings(data),
    url: data.url,
    eventTypes: data.filterTypes ?? null,
    profile: "velt",
    disabled: data.disabled ?? false,
    uid: data.uid,
    withUnregisteredTypes: true,
  };
}

export function toUpdateInput(data: EndpointData, endpoint: Endpoint): UpdateEndpointInput {
  const wasDisabled = endpoint.status !== "active";
  const isDisabled = data.disabled ?? wasDisabled;
  return {
    ...toSettings(data),
    url: data.url === endpoint.url ? undefined : data.url,
    eventTypes: isAsShown(data.filterTypes, endpoint) ? undefined : data.filterTypes,
    // Disabled again changes nothing: an endpoint that is paused shows as disabled and keeps what waits.
    status: isDisabled === wasDisabled ? undefined : isDisabled ? "disabled" : "active",
    withUnregisteredTypes: true,
  };
}

export function toConfigAnswer(settings: ProfileSettings): ConfigAnswer {
  return {
    isEnabled: settings.enabled ?? false,
    encryptData: settings.encryptData,
    encodeData: settings.encodeData,
    publicKey: settings.publicKey,
    enableDataProtection: settings.enableDataProtection,
  };
}

export function toConfigInput({ isEnabled, ...data }: ConfigData): UpdateProfileSettingsInput {
  return { enabled: isEnabled, ...data };
}

type Shared = Pick<EndpointData, "description" | "channels" | "rateLimit" | "metadata">;

function toSettings(data: Shared): Omit<UpdateEndpointInput, "url" | "status" | "eventTypes"> {
  return {
    description: data.description === null ? "" : data.description,
    channels: data.channels,
    rateLimitPerSecond: data.rateLimit,
    metadata: data.metadata,
  };
}

function toFilterTypes({ eventTypes }: Endpoint): string[] | null {
  if (eventTypes === null || eventTypes.some(({ pattern }) => pattern === EVERY_TYPE)) return null;
  return [...new Set(eventTypes.flatMap(toTypes))];
}

/** A name as it is, a prefix as what it takes of the catalogue. */
function toTypes({ pattern }: EventTypeFilter): readonly string[] {
  if (!pattern.endsWith(".*")) return [pattern];
  return EVENT_TYPES.filter((type) => matchesType(pattern, type));
}

/** Whether the filters are what the endpoint shows already, in whichever order. */
function isAsShown(wanted: readonly string[] | null | undefined, endpoint: Endpoint): boolean {
  if (wanted === undefined) return true;
  const shown = toFilterTypes(endpoint);
  if (wanted === null || shown === null) return wanted === shown;
  return new Set(wanted).size === shown.length && wanted.every((type) => shown.includes(type));
}
