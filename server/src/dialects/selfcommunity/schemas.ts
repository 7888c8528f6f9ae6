/**
 * The request bodies of the contract. Members that are not known, or only read, are left out without a word. Each
 * mistake is told by one of the texts below, each with its code.
 */
import { z } from "zod";

import { URL_CHARACTERS_MAX } from "../../core/endpoints/check-endpoint-settings.ts";

const TEXTS = {
  required: "This field is required.",
  null: "This field may not be null.",
  blank: "This field may not be blank.",
  text: "Not a valid string.",
  boolean: "Must be a valid boolean.",
  integer: "A valid integer is required.",
  list: "Expected a list of items.",
  object: "Invalid data. Expected an object.",
  url: "Enter a valid URL.",
  tooLong: `Ensure this field has no more than ${URL_CHARACTERS_MAX} characters.`,
} as const;

/** The code of each text. */
export const CODES: Readonly<Record<string, string>> = {
  [TEXTS.required]: "required",
  [TEXTS.null]: "null",
  [TEXTS.blank]: "blank",
  [TEXTS.text]: "invalid",
  [TEXTS.boolean]: "invalid",
  [TEXTS.integer]: "invalid",
  [TEXTS.list]: "not_a_list",
  [TEXTS.object]: "invalid",
  [TEXTS.url]: "invalid",
  [TEXTS.tooLong]: "max_length",
};

type Wrong = (typeof TEXTS)["text" | "boolean" | "integer" | "list" | "object"];

function otherwise(wrong: Wrong) {
  return { error: ({ input }: { readonly input?: unknown }) => toText(input, wrong) };
}

function toText(input: unknown, wrong: Wrong): string {
  if (input === undefined) return TEXTS.required;
  return input === null ? TEXTS.null : wrong;
}

/** Any whole number; one that is beyond the keys of events names none. */
const eventId = z.number(otherwise(TEXTS.integer)).refine(Number.isInteger, { error: TEXTS.integer });
const password = z.string(otherwise(TEXTS.text)).min(1, { error: TEXTS.blank }).optional();
const target = z
  .string(otherwise(TEXTS.text))
  .min(1, { error: TEXTS.blank, abort: true })
  .max(URL_CHARACTERS_MAX, { error: TEXTS.tooLong, abort: true })
  .refine((text) => /^https?:$/.test(URL.parse(text)?.protocol ?? ""), { error: TEXTS.url });

const optional = {
  is_active: z.boolean(otherwise(TEXTS.boolean)).optional(),
  description: z.string(otherwise(TEXTS.text)).optional(),
  ssl_cert_verification: z.boolean(otherwise(TEXTS.boolean)).optional(),
};

/** Create and replace. `known` are the types that may be named. */
export function endpointSchema(known: ReadonlySet<string>) {
  return z.object({ target, events: eventsOf(known), ...optional }, otherwise(TEXTS.object));
}

export function endpointChangeSchema(known: ReadonlySet<string>) {
  const members = { target: target.optional(), events: eventsOf(known).optional(), ...optional };
  return z.object(members, otherwise(TEXTS.object));
}

function eventsOf(known: ReadonlySet<string>) {
  const type = z.string(otherwise(TEXTS.text)).refine((text) => known.has(text), {
    error: ({ input }) => `"${String(input)}" is not a valid choice.`,
    params: { code: "invalid_choice" },
  });
  return z.array(z.object({ type }, otherwise(TEXTS.object)), otherwise(TEXTS.list));
}

export const passwordSchema = z.object({ password }, otherwise(TEXTS.object));

export const resendSchema = z.object({ event: eventId, password }, otherwise(TEXTS.object));

export const resendBulkSchema = z.object(
  { event: z.array(eventId, otherwise(TEXTS.list)), password },
  otherwise(TEXTS.object),
);

export const tokenSchema = z.object({ token: z.string(otherwise(TEXTS.text)) }, otherwise(TEXTS.object));

export type EndpointBody = z.infer<ReturnType<typeof endpointChangeSchema>>;
