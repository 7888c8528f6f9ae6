/** Names of events that Posthorn makes itself. Nobody registers or publishes them, so a receiver can trust them. */
import { OPERATIONAL_TYPES } from "../endpoints/operational-types.ts";

export const RESERVED_EVENT_TYPES = [...OPERATIONAL_TYPES, "message.attempt.exhausted", "webhook.test"] as const;

const RESERVED: ReadonlySet<string> = new Set(RESERVED_EVENT_TYPES);

export function isReservedEventType(name: string): boolean {
  return RESERVED.has(name);
}
