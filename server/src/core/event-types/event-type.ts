/**
 * A registered kind of event. A deprecated one is still published and delivered: it only says that nothing new should
 * be built on it.
 */
import type { EventTypeRow } from "../../db/queries/put-event-type.ts";
import type { AuditState } from "../audit/audit-row.ts";
import type { InputProblem } from "../errors/core-error.ts";
import { isReservedEventType } from "./reserved-event-types.ts";

export interface EventType {
  readonly name: string;
  readonly description: string;
  /** A body as JSON text, kept as it came, or null. */
  readonly example: string | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly deprecatedAt: Date | null;
}

export const EVENT_TYPE_NAME = /^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$/;
export const EVENT_TYPE_NAME_CHARACTERS_MAX = 128;
export const EVENT_TYPE_DESCRIPTION_CHARACTERS_MAX = 1024;
const EVENT_TYPE_EXAMPLE_BYTES_MAX = 16 * 1024;

export function toEventType(row: EventTypeRow): EventType {
  return {
    name: row.name,
    description: row.description,
    example: row.example,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    deprecatedAt: row.deprecated_at,
  };
}

/** What is recorded of a type before and after a change. */
export function toEventTypeAudit({ description, example, deprecatedAt }: EventType): AuditState {
  return { description, example, deprecatedAt: deprecatedAt?.toISOString() ?? null };
}

export function isEventTypeName(name: string): boolean {
  return name.length <= EVENT_TYPE_NAME_CHARACTERS_MAX && EVENT_TYPE_NAME.test(name);
}

/** Every mistake in a type that is to be registered, and in the members that are given. */
export function checkEventType(input: {
  readonly name?: string | undefined;
  readonly description?: string | undefined;
  readonly example?: string | null | undefined;
}): InputProblem[] {
  return [
    ...(input.name === undefined ? [] : checkName(input.name)),
    ...(input.description === undefined ? [] : checkDescription(input.description)),
    ...(input.example == null ? [] : checkExample(input.example)),
  ];
}

function checkName(name: string): InputProblem[] {
  if (!isEventTypeName(name)) {
    const message =
      "An event type's name has up to 128 characters: parts of letters, digits, _ and -, with dots between them.";
    return [{ path: "/name", code: "invalid_format", message }];
  }
  if (isReservedEventType(name)) {
    const message = `The name ${name} is reserved for events that Posthorn makes. Choose another.`;
    return [{ path: "/name", code: "reserved", message }];
  }
  return [];
}

function checkDescription(description: string): InputProblem[] {
  if ([...description].length <= EVENT_TYPE_DESCRIPTION_CHARACTERS_MAX) return [];
  const message = `A description has up to ${EVENT_TYPE_DESCRIPTION_CHARACTERS_MAX} characters.`;
  return [{ path: "/description", code: "out_of_bounds", message }];
}

function checkExample(example: string): InputProblem[] {
  if (Buffer.byteLength(example) > EVENT_TYPE_EXAMPLE_BYTES_MAX) {
    const message = `An example has up to ${EVENT_TYPE_EXAMPLE_BYTES_MAX} bytes.`;
    return [{ path: "/example", code: "out_of_bounds", message }];
  }
  try {
    JSON.parse(example);
    return [];
  } catch {
    return [{ path: "/example", code: "invalid_format", message: "An example is a text that holds JSON." }];
  }
}
