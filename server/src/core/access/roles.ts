/**
 * What each role of a user may do: the one table from roles to scopes. A role is looked up at every request, so a
 * change of the table or of a user's role counts at once, also for sessions that are open.
 */
import { type Scope, SCOPES } from "./scopes.ts";

export const ROLES = ["admin", "developer", "viewer"] as const;
export type Role = (typeof ROLES)[number];

const VIEWER = ["events:read", "event-types:read", "endpoints:read", "deliveries:read", "secrets:read"] as const;

/** A developer works with endpoints and their secrets; who has access to the tenant is an admin's. */
const DEVELOPER = [
  ...VIEWER,
  "events:publish",
  "event-types:write",
  "endpoints:write",
  "deliveries:write",
  "secrets:write",
  "secrets:reveal",
  "api-keys:read",
] as const;

export const ROLE_SCOPES: Readonly<Record<Role, readonly Scope[]>> = {
  admin: SCOPES,
  developer: DEVELOPER,
  viewer: VIEWER,
};

export function isRole(text: string): text is Role {
  return Object.hasOwn(ROLE_SCOPES, text);
}
