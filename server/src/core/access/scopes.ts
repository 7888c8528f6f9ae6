/** The scopes that a tenant's API key can hold, and that roles are made of. The root key has all in every tenant. */
export const SCOPES = [
  "events:publish",
  "events:read",
  "event-types:read",
  "event-types:write",
  "endpoints:read",
  "endpoints:write",
  "deliveries:read",
  "deliveries:write",
  "secrets:read",
  "secrets:write",
  "api-keys:read",
  "api-keys:write",
  "users:read",
  "users:write",
  "audit:read",
  "secrets:reveal",
] as const;

export type Scope = (typeof SCOPES)[number];

const KNOWN: ReadonlySet<string> = new Set(SCOPES);

export function isScope(text: string): text is Scope {
  return KNOWN.has(text);
}
