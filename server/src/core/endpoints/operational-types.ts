/**
 * The types of events that Posthorn itself publishes in a tenant. They need no registration, cannot be registered,
 * and reach only endpoints that name them, so that nobody who takes "all types" is surprised by them; but where the
 * contract of an endpoint's profile counts one among all types.
 */
export const OPERATIONAL_TYPES = [
  "endpoint.failing",
  "endpoint.paused",
  "endpoint.disabled",
  "delivery.exhausted",
  "message.attempt.exhausted",
] as const;

export type OperationalType = (typeof OPERATIONAL_TYPES)[number];

export function isOperationalType(type: string): type is OperationalType {
  return (OPERATIONAL_TYPES as readonly string[]).includes(type);
}
