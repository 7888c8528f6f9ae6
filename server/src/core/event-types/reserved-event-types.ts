/** Names of events that Posthorn makes itself. Nobody registers or publishes them, so a receiver can trust them. */
import { OPERATIONAL_TYPES } from "../endpoints/operational-types.ts";

/** Of the event that a test sends, to the endpoint that is tested alone. */
export const TEST_EVENT_TYPE = "webhook.test";

export const RESERVED_EVENT_TYPES = [...OPERATIONAL_TYPES, TEST_EVENT_TYPE] as const;

const RESERVED: ReadonlySet<string> = new Set(RESERVED_EVENT_TYPES);

export function isReservedEventType(name: string): boolean {
  return RESERVED.has(name);
}
