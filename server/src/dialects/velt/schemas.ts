/**
 * `data` of the contract's requests. Members that are not known are left out without a word. Each mistake is told by one
 * text, which names the field; of several the first, in the order of the members here.
 */
import { z } from "zod";

import { PUBLIC_KEY_TEXT } from "../../core/profile-settings/update-profile-settings.ts";

export const URL_TEXT = "url must be a valid http(s) URL.";
const ENDPOINT_ID_TEXT = "endpointId is required.";
const FILTER_TYPES_TEXT =
  "filterTypes must be a non-empty array of distinct event types, each 1 to 256 letters, digits, -, _ or full stops.";
const CHANNELS_TEXT =
  "channels must be a non-empty array of at most 10 distinct channels, each 1 to 128 letters, digits, -, _ or full stops.";

const LIMIT_MAX = 250;

const url = z
  .string({ error: URL_TEXT })
  .refine((text) => /^https?:$/.test(URL.parse(text)?.protocol ?? ""), { error: URL_TEXT });

/** `null` clears these four, and says nothing of a new endpoint. */
const clearable = {
  description: z.string({ error: "description must be a string." }).nullable().optional(),
  filterTypes: names(/^[a-zA-Z0-9\-_.]{1,256}$/, FILTER_TYPES_TEXT)
    .nullable()
    .optional(),
  channels: names(/^[a-zA-Z0-9\-_.]{1,128}$/, CHANNELS_TEXT)
    .refine((list) => list.length <= 10, { error: CHANNELS_TEXT })
    .nullable()
    .optional(),
  rateLimit: z
    .int({ error: "rateLimit must be a positive integer." })
    .positive({ error: "rateLimit must be a positive integer." })
    .nullable()
    .optional(),
};

const disabled = z.boolean({ error: "disabled must be a boolean." }).optional();
const METADATA_TEXT = "metadata must be an object whose values are strings.";
const metadata = z.record(z.string(), z.string({ error: METADATA_TEXT }), { error: METADATA_TEXT }).optional();
const uid = z
  .string({ error: "uid must be a string." })
  .regex(/^[a-zA-Z0-9\-_.]{1,256}$/, { error: "uid must be 1 to 256 letters, digits, -, _ or full stops." })
  .optional();
const endpointId = z
  .string({ error: ({ input }) => (input == null ? ENDPOINT_ID_TEXT : "endpointId must be a string.") })
  .min(1, { error: ENDPOINT_ID_TEXT });

export const createSchema = z.object({ url, ...clearable, disabled, uid, metadata });

const CHANGES = { url: url.optional(), ...clearable, disabled, metadata };

export const updateSchema = z
  .object({ endpointId, ...CHANGES })
  .refine((data) => Object.keys(CHANGES).some((member) => Object.hasOwn(data, member)), {
    error: "At least one endpoint field besides endpointId must be provided.",
  });

export const endpointIdSchema = z.object({ endpointId });

const LIMIT_TEXT = `limit must be an integer from 1 to ${LIMIT_MAX}.`;

export const listSchema = z.object({
  limit: z.int({ error: LIMIT_TEXT }).min(1, { error: LIMIT_TEXT }).max(LIMIT_MAX, { error: LIMIT_TEXT }).optional(),
  iterator: z.string({ error: "iterator must be a string." }).nullable().optional(),
});

const flag = (name: string) => z.boolean({ error: `${name} must be a boolean.` }).optional();

export const configSchema = z.object({
  isEnabled: flag("isEnabled"),
  encryptData: flag("encryptData"),
  encodeData: flag("encodeData"),
  publicKey: z.string({ error: PUBLIC_KEY_TEXT }).optional(),
  enableDataProtection: flag("enableDataProtection"),
});

export const apiKeySchema = z.object({
  apiKey: z
    .string({ error: ({ input }) => (input == null ? "apiKey is required." : "apiKey must be a string.") })
    .min(1, { error: "apiKey is required." }),
});

function names(pattern: RegExp, text: string) {
  return z
    .array(z.string({ error: text }).regex(pattern, { error: text }), { error: text })
    .min(1, { error: text })
    .refine((list) => new Set(list).size === list.length, { error: text });
}

export type EndpointData = Omit<z.infer<typeof updateSchema>, "endpointId">;
export type CreateData = z.infer<typeof createSchema>;
export type ConfigData = z.infer<typeof configSchema>;
