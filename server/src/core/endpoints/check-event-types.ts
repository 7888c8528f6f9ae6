/**
 * The bounds of an endpoint's filters, and the times that go with them. A filter is a registered type's name, a prefix
 * such as `signup.*`, or `*`; whether a name is registered only the database knows (find-unregistered-types.ts).
 */
import type { InputProblem } from "../errors/core-error.ts";
import { EVENT_TYPE_NAME_CHARACTERS_MAX } from "../event-types/event-type.ts";
import type { EventTypeFilter } from "./endpoint.ts";
import { isOperationalType } from "./operational-types.ts";
import { EVERY_TYPE } from "./route-keys.ts";

export const EVENT_TYPES_MAX = 500;
/** A name, a name followed by `.*`, or `*`. */
const EVENT_TYPE_PATTERN = /^(?:\*|[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*(?:\.\*)?)$/;

/** Whether a text has the form of a filter. */
export function isEventTypePattern(text: string): boolean {
  return text.length <= EVENT_TYPE_NAME_CHARACTERS_MAX && EVENT_TYPE_PATTERN.test(text);
}

/** What a filter may be where types need not be registered: it waits for them, and may wait for ever. */
const UNREGISTERED_TYPE_PATTERN = /^[a-zA-Z0-9\-_.]{1,256}$/;

/** Every mistake in the filters, by its place in the list. */
export function checkEventTypes(
  eventTypes: readonly string[] | null,
  options: { readonly path: string; readonly withUnregisteredTypes?: boolean | undefined },
): InputProblem[] {
  const { path, withUnregisteredTypes = false } = options;
  if (eventTypes === null) return [];
  if (eventTypes.length > EVENT_TYPES_MAX) {
    return [{ path, code: "out_of_bounds", message: `An endpoint has at most ${EVENT_TYPES_MAX} event types.` }];
  }
  const seen = new Set<string>();
  const problems: InputProblem[] = [];
  for (const [index, pattern] of eventTypes.entries()) {
    const isSound = isEventTypePattern(pattern) || (withUnregisteredTypes && UNREGISTERED_TYPE_PATTERN.test(pattern));
    if (!isSound) {
      const message = "An event type is a name such as invoice.paid, a prefix such as invoice.*, or *.";
      problems.push({ path: `${path}/${index}`, code: "invalid_format", message });
    } else if (seen.has(pattern)) {
      problems.push({ path: `${path}/${index}`, code: "repeated", message: "This event type is in the list already." });
    }
    seen.add(pattern);
  }
  return problems;
}

/** The filters that must be registered types: names that are not Posthorn's own, with their place in the list. */
export function namesToRegister(eventTypes: readonly string[] | null): { name: string; index: number }[] {
  return (eventTypes ?? [])
    .map((name, index) => ({ name, index }))
    .filter(({ name }) => name !== EVERY_TYPE && !name.endsWith(".*") && !isOperationalType(name));
}

/** Gives each filter its time: what stays keeps the time since which the endpoint has had it. */
export function toTimedFilters(options: {
  readonly eventTypes: readonly string[] | null;
  readonly before: readonly EventTypeFilter[] | null;
  readonly now: Date;
}): EventTypeFilter[] | null {
  if (options.eventTypes === null) return null;
  const since = new Map((options.before ?? []).map((filter) => [filter.pattern, filter.addedAt]));
  return options.eventTypes.map((pattern) => ({ pattern, addedAt: since.get(pattern) ?? options.now }));
}
