/**
 * How an event finds its endpoints: each endpoint carries the keys it listens to, each event the keys that can match
 * its type, and the store statement intersects the two under one index. A key is `<tenant number>:<pattern>`, so one
 * tenant's events never meet another's endpoints.
 * Invariant: the two sets meet exactly where a filter matches the type (see matchesType, the rule in plain form).
 */
import { findProfile } from "../../profiles/find-profile.ts";
import type { EndpointProfile } from "./endpoint.ts";
import { isOperationalType } from "./operational-types.ts";

/** The pattern of an endpoint that takes every type of its tenant. */
export const EVERY_TYPE = "*";

/**
 * The keys an endpoint listens to. `eventTypes` null means all types, with those of Posthorn's own that the profile's
 * contract counts among them; an empty list means none, and so does an endpoint that listens to nothing.
 */
export function toEndpointRouteKeys(options: {
  readonly tenantNumber: number;
  readonly profile: EndpointProfile;
  readonly eventTypes: readonly string[] | null;
  readonly listens: boolean;
}): string[] {
  if (!options.listens) return [];
  const patterns = options.eventTypes ?? [EVERY_TYPE, ...(findProfile(options.profile)?.operationalTypes ?? [])];
  return patterns.map((pattern) => `${options.tenantNumber}:${pattern}`);
}

/**
 * Every key that can match an event of this type: its name, each prefix of it, and all types. Operational events leave
 * out the last: they go only to endpoints that name them.
 */
export function toEventRouteKeys(tenantNumber: number, type: string): string[] {
  const keys = [`${tenantNumber}:${type}`];
  for (let dot = type.lastIndexOf("."); dot > 0; dot = type.lastIndexOf(".", dot - 1)) {
    keys.push(`${tenantNumber}:${type.slice(0, dot)}.*`);
  }
  if (!isOperationalType(type)) keys.push(`${tenantNumber}:${EVERY_TYPE}`);
  return keys;
}

/** Whether a filter takes a type: the same name, `a.b.*` for what begins with `a.b.`, `*` for all but operational. */
export function matchesType(pattern: string, type: string): boolean {
  if (pattern === EVERY_TYPE) return !isOperationalType(type);
  if (pattern.endsWith(".*")) return type.startsWith(pattern.slice(0, -1));
  return pattern === type;
}
