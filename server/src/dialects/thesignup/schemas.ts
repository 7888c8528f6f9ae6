/**
 * The request bodies of the contract. Members that are not known are left out without a word. `eventTypes` is strict:
 * names of the catalogue, and patterns that take one of them; `events`, by which the contract's command line client
 * says the same, takes every well-formed name.
 */
import { z } from "zod";

import { EVENT_CATALOGUES } from "../../core/dialects/event-catalogues.ts";
import { URL_CHARACTERS_MAX } from "../../core/endpoints/check-endpoint-settings.ts";
import { EVENT_TYPES_MAX, isEventTypePattern } from "../../core/endpoints/check-event-types.ts";
import { matchesType } from "../../core/endpoints/route-keys.ts";
import { TEST_EVENT_TYPE } from "../../core/event-types/reserved-event-types.ts";

export const EVENT_TYPES = EVENT_CATALOGUES.thesignup;

const CATALOGUE: ReadonlySet<string> = new Set(EVENT_TYPES);
const KINDS = { string: "text", boolean: "boolean", array: "list", object: "object" } as const;

const body = { error: wrongKind("object") } as const;
const text = z.string({ error: wrongKind("string") });
const url = text.max(URL_CHARACTERS_MAX, { error: `A URL has at most ${URL_CHARACTERS_MAX} characters.` });
const description = text.nullable();
const paused = z.boolean({ error: wrongKind("boolean") });

export const createEndpointSchema = z.object(
  {
    url,
    description: description.optional(),
    eventTypes: listOf((name) => isOffered(name)).optional(),
    events: listOf(isSubscribable).optional(),
  },
  body,
);

/** `shown` are the filters that the endpoint shows: what was read may be sent back. */
export function updateEndpointSchema(shown: ReadonlySet<string>) {
  const members = {
    url: url.optional(),
    description: description.optional(),
    eventTypes: listOf((name) => shown.has(name) || isOffered(name)).optional(),
    paused: paused.optional(),
  };
  return z.object(members, body).refine((given) => Object.values(given).some((value) => value !== undefined), {
    error: `Give at least one of ${Object.keys(members).join(", ")}.`,
  });
}

const DELIVERIES_MAX = 200;
const DELIVERIES_DEFAULT = 50;
const LIMIT = `This is a whole number from 1 to ${DELIVERIES_MAX}.`;

export const listDeliveriesSchema = z.object({
  limit: z
    .string()
    .regex(/^\d{1,9}$/, { error: LIMIT })
    .transform(Number)
    .refine((limit) => limit >= 1 && limit <= DELIVERIES_MAX, { error: LIMIT })
    .default(DELIVERIES_DEFAULT),
});

/** Of the event stream: names and patterns between commas; none at all means every type. */
export const eventStreamSchema = z.object({
  events: z
    .string()
    .transform((list) => list.split(",").map((name) => name.trim()))
    .transform((names) => names.filter((name) => name !== ""))
    .pipe(listOf(isEventTypePattern))
    .transform((names) => (names.length === 0 ? undefined : names))
    .optional(),
});

/** In any version and either case (RFC 9562). */
export const pathSchema = z.object({ id: z.guid({ error: "This is not a UUID." }) });

export type CreateEndpointBody = z.infer<typeof createEndpointSchema>;
export type UpdateEndpointBody = z.infer<ReturnType<typeof updateEndpointSchema>>;

function listOf(isKnown: (name: string) => boolean) {
  const name = text.refine(isKnown, { error: ({ input }) => `There is no event type ${JSON.stringify(input)}.` });
  const error = `An endpoint has at most ${EVENT_TYPES_MAX} event types.`;
  return z.array(name, { error: wrongKind("array") }).max(EVENT_TYPES_MAX, { error });
}

/** A name of the catalogue, or a pattern that takes one. */
function isOffered(name: string): boolean {
  return CATALOGUE.has(name) || (isSubscribable(name) && EVENT_TYPES.some((type) => matchesType(name, type)));
}

/** Tests go to whoever is tested; nobody subscribes to them. */
function isSubscribable(name: string): boolean {
  return isEventTypePattern(name) && name !== TEST_EVENT_TYPE;
}

function wrongKind(kind: keyof typeof KINDS) {
  return ({ input }: { readonly input?: unknown }): string =>
    input === undefined ? "This is required." : `This must be a ${KINDS[kind]}.`;
}
