/**
 * An endpoint as everyone may see it: a URL with its filters, headers, profile and limits. What must not be seen is
 * not in it: user information of the URL and values of custom headers stand as `***`, secrets elsewhere.
 */
import type { EndpointRow } from "../../db/queries/endpoint-columns.ts";
import type { Metadata } from "../metadata/check-metadata.ts";

export type EndpointStatus = "active" | "paused" | "disabled";
/** `held`: paused because its tenant has switched off all deliveries of the profile. */
export type EndpointStatusReason = "manual" | "failing" | "gone" | "held";
export type EndpointProfile = "standard" | "selfcommunity" | "velt" | "thesignup";
/** How its requests are signed: with a secret that both sides have, or with a key whose public half receivers have. */
export type EndpointSignature = "hmac" | "ed25519";
export type EndpointEnvelope = "wrapped" | "none";

/** One filter with the time since which the endpoint has had it. */
export interface EventTypeFilter {
  readonly pattern: string;
  readonly addedAt: Date;
}

export interface Endpoint {
  readonly id: string;
  /** The small integer that lists are ordered by. */
  readonly number: number;
  readonly tenantId: string;
  readonly url: string;
  readonly description: string;
  readonly status: EndpointStatus;
  readonly statusReason: EndpointStatusReason | null;
  /** Null: all types. */
  readonly eventTypes: readonly EventTypeFilter[] | null;
  /** Null: all channels. */
  readonly channels: readonly string[] | null;
  readonly profile: EndpointProfile;
  readonly envelope: EndpointEnvelope;
  readonly signature: EndpointSignature;
  readonly headers: Readonly<Record<string, string>>;
  readonly rateLimitPerSecond: number | null;
  readonly maxInFlight: number | null;
  readonly timeoutMs: number | null;
  /** Seconds before each retry; null: the profile's. */
  readonly retryWaits: readonly number[] | null;
  readonly verifyTls: boolean;
  readonly metadata: Metadata;
  /** The caller's own id, unique in the tenant; null where none was given. */
  readonly uid: string | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** What stands in place of a value that is kept but not shown. In an update it means: keep that value. */
export const HIDDEN = "***";

export function toEndpoint(row: EndpointRow): Endpoint {
  return {
    id: row.id,
    number: row.number,
    tenantId: row.tenant_id,
    url: row.has_credentials ? hideCredentials(row.url) : row.url,
    description: row.description,
    status: row.status,
    statusReason: row.status_reason,
    eventTypes: toFilters(row),
    channels: row.channels,
    profile: row.profile,
    envelope: row.envelope,
    signature: row.signature,
    headers: Object.fromEntries(row.header_names.map((name) => [name, HIDDEN])),
    rateLimitPerSecond: row.rate_limit_per_second,
    maxInFlight: row.max_in_flight,
    timeoutMs: row.timeout_ms,
    retryWaits: row.retry_waits,
    verifyTls: row.verify_tls,
    metadata: row.metadata,
    uid: row.uid,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

/** The filters of a row with their times; null when the endpoint takes all types. */
export function toFilters(row: {
  readonly event_types: readonly string[] | null;
  readonly event_types_added_at: readonly Date[] | null;
}): EventTypeFilter[] | null {
  if (row.event_types === null) return null;
  return row.event_types.map((pattern, index) => {
    const addedAt = row.event_types_added_at?.[index];
    if (addedAt === undefined) throw new Error(`The event type ${pattern} of an endpoint has lost its time.`);
    return { pattern, addedAt };
  });
}

/** The stored URL carries no user information; where some is kept apart, its place shows. */
function hideCredentials(url: string): string {
  return url.replace("://", `://${HIDDEN}@`);
}
