/** The wire shapes of endpoints. Bounds are the core's, told with the path of each mistake. */
import { z } from "@hono/zod-openapi";

import {
  CHANNELS_MAX,
  checkEndpointSettings,
  DESCRIPTION_CHARACTERS_MAX,
  type EndpointSettings,
  MAX_IN_FLIGHT_MAX,
  RATE_LIMIT_MAX,
  RETRY_WAIT_SECONDS_MAX,
  RETRY_WAITS_MAX,
  TIMEOUT_MS_MAX,
  TIMEOUT_MS_MIN,
  URL_CHARACTERS_MAX,
} from "../../../core/endpoints/check-endpoint-settings.ts";
import { EVENT_TYPES_MAX } from "../../../core/endpoints/check-event-types.ts";
import { HEADERS_MAX } from "../../../core/endpoints/check-headers.ts";
import { OFFERED_PROFILES } from "../../../core/endpoints/create-endpoint.ts";
import { listSchema, pageParameters } from "../pagination.ts";
import { isoTime, metadataSchema, stepsWithin } from "../schema-parts.ts";
import { tenantPathSchema } from "../tenants/schemas.ts";

const descriptions = {
  url: "http or https. User name and password in it become Basic credentials and show as ***.",
  eventTypes: "Null: all types; []: none. Names, prefixes such as invoice.*, or *. Posthorn's own only where named.",
  channels: "Null: events of all channels and of none; otherwise events that share one of these.",
  statusReason: "held: the tenant has switched off all deliveries of the profile; on again, it is active again.",
  envelope: "none sends the published data alone, without type and timestamp around it.",
  headers: "Sent with each request. Values show as ***; in an update *** keeps the value that is there.",
  rateLimitPerSecond: "At most so many deliveries a second; null: no limit.",
  maxInFlight: "At most so many requests at a time; null: 16.",
  timeoutMs: "From name resolution to the last byte of the answer; null: the profile's.",
  retryWaits: "Seconds before each retry; null: the profile's; []: no retry.",
  verifyTls: "Whether the receiver's certificate must be valid.",
  signature: "Fixed once the endpoint is created. ed25519 (v1a) for the profile standard only.",
  secret: "The signing secret. It is shown here and nowhere else. Null with ed25519: receivers need the public key.",
  publicKey: "With ed25519: what receivers verify with.",
};

const integer = (minimum: number, maximum: number, description: string) =>
  ({ type: "integer", minimum, maximum, description }) as const;

export const endpointSchema = z
  .strictObject({
    id: z.string().openapi({ example: "ep_5fqka2m1c39z0v8d7h4wxtnp6r" }),
    url: z.string().openapi({ description: descriptions.url, example: "https://example.com/webhooks" }),
    description: z.string(),
    status: z.enum(["active", "paused", "disabled"]),
    statusReason: z
      .enum(["manual", "failing", "gone", "held"])
      .nullable()
      .openapi({ description: descriptions.statusReason }),
    eventTypes: z.array(z.string()).nullable().openapi({ description: descriptions.eventTypes }),
    channels: z.array(z.string()).nullable().openapi({ description: descriptions.channels }),
    profile: z.enum(["standard", "selfcommunity", "velt", "thesignup"]),
    envelope: z.enum(["wrapped", "none"]).openapi({ description: descriptions.envelope }),
    signature: z.enum(["hmac", "ed25519"]).openapi({ description: descriptions.signature }),
    headers: z.record(z.string(), z.string()).openapi({ description: descriptions.headers }),
    rateLimitPerSecond: z.int().nullable(),
    maxInFlight: z.int().nullable(),
    timeoutMs: z.int().nullable(),
    retryWaits: z.array(z.int()).nullable().openapi({ description: descriptions.retryWaits }),
    verifyTls: z.boolean(),
    metadata: metadataSchema,
    createdAt: isoTime,
    updatedAt: isoTime,
  })
  .openapi("Endpoint");

export const createdEndpointSchema = z
  .strictObject({
    ...endpointSchema.shape,
    secret: z.string().nullable().openapi({ description: descriptions.secret, example: "whsec_…" }),
    publicKey: z.string().nullable().openapi({ description: descriptions.publicKey, example: null }),
  })
  .openapi("CreatedEndpoint");

export const endpointListSchema = listSchema(endpointSchema, "EndpointList");

const url = z
  .string()
  .check(bounded("url"))
  .openapi({ maxLength: URL_CHARACTERS_MAX, description: descriptions.url, example: "https://example.com/webhooks" });

const settings = {
  description: z.string().check(bounded("description")).openapi({ maxLength: DESCRIPTION_CHARACTERS_MAX }),
  eventTypes: z
    .array(z.string())
    .check(bounded("eventTypes"))
    .nullable()
    .openapi({
      maxItems: EVENT_TYPES_MAX,
      description: descriptions.eventTypes,
      example: ["invoice.paid", "signup.*"],
    }),
  channels: z
    .array(z.string())
    .check(bounded("channels"))
    .nullable()
    .openapi({ maxItems: CHANNELS_MAX, description: descriptions.channels }),
  envelope: z.enum(["wrapped", "none"]).openapi({ description: descriptions.envelope }),
  headers: z
    .record(z.string(), z.string())
    .check(bounded("headers"))
    .openapi({ maxProperties: HEADERS_MAX, description: descriptions.headers, example: { "x-team": "billing" } }),
  rateLimitPerSecond: z
    .number()
    .check(bounded("rateLimitPerSecond"))
    .nullable()
    .openapi(integer(1, RATE_LIMIT_MAX, descriptions.rateLimitPerSecond)),
  maxInFlight: z
    .number()
    .check(bounded("maxInFlight"))
    .nullable()
    .openapi(integer(1, MAX_IN_FLIGHT_MAX, descriptions.maxInFlight)),
  timeoutMs: z
    .number()
    .check(bounded("timeoutMs"))
    .nullable()
    .openapi(integer(TIMEOUT_MS_MIN, TIMEOUT_MS_MAX, descriptions.timeoutMs)),
  retryWaits: z
    .array(z.number().openapi(integer(1, RETRY_WAIT_SECONDS_MAX, "Seconds")))
    .check(bounded("retryWaits"))
    .nullable()
    .openapi({ maxItems: RETRY_WAITS_MAX, description: descriptions.retryWaits, example: [5, 300, 3600] }),
  verifyTls: z.boolean().openapi({ description: descriptions.verifyTls }),
  metadata: metadataSchema,
};

export const updateEndpointSchema = z
  .strictObject({ url, ...settings })
  .partial()
  .openapi("UpdateEndpoint");

export const createEndpointSchema = z
  .strictObject({
    ...updateEndpointSchema.shape,
    url,
    profile: z.enum(OFFERED_PROFILES).optional().openapi({ description: "Fixed once the endpoint is created." }),
    signature: z.enum(["hmac", "ed25519"]).optional().openapi({
      default: "hmac",
      description: descriptions.signature,
    }),
    secret: z
      .string()
      .optional()
      .openapi({
        description:
          "In the profile's format: whsec_ and base64 of 24 to 64 bytes; with ed25519 whsk_ and base64 of private and " +
          "public key. Generated if left out.",
      }),
  })
  .openapi("CreateEndpoint");

export const endpointPathSchema = tenantPathSchema.extend({
  e: z.string().openapi({ description: "An endpoint's id.", example: "ep_5fqka2m1c39z0v8d7h4wxtnp6r" }),
});

export const listEndpointsQuerySchema = z.strictObject(pageParameters);

/** An endpoint's number: the position in the list. */
export const endpointPositionSchema = z.int32().positive();

/** The core's check of one setting as a check of its schema; the paths inside it are kept. */
function bounded<Name extends keyof EndpointSettings>(name: Name): z.core.CheckFn<NonNullable<EndpointSettings[Name]>> {
  return (payload) => {
    const { value } = payload;
    // Which headers the endpoint has already is for the verb to know.
    const keptHeaders = new Set(name === "headers" ? Object.keys(value).map((header) => header.toLowerCase()) : []);
    for (const { path, code, message } of checkEndpointSettings({ [name]: value }, { keptHeaders })) {
      payload.issues.push({ code: "custom", message, params: { code }, path: stepsWithin(path), input: value });
    }
  };
}
