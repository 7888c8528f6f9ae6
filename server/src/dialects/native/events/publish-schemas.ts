/**
 * The wire shapes of publishing, for the OpenAPI document. These routes are served in front of Hono, by a scanner that
 * keeps the exact bytes of `data` and reads the same members under the same bounds.
 */
import { z } from "@hono/zod-openapi";

import { EVENT_TYPE_NAME, EVENT_TYPE_NAME_CHARACTERS_MAX } from "../../../core/event-types/event-type.ts";

const BATCH_EVENTS_MAX = 100;
const CHANNELS_MAX = 10;
const EVENT_KEY = /^[\x21-\x7e]{1,200}$/;
const CHANNEL = /^[A-Za-z0-9_.-]{1,128}$/;

export const publishEventSchema = z
  .strictObject({
    type: z
      .string()
      .max(EVENT_TYPE_NAME_CHARACTERS_MAX)
      .regex(EVENT_TYPE_NAME)
      .openapi({ description: "A registered event type.", example: "invoice.paid" }),
    data: z.unknown().openapi({
      description: "Any JSON value of up to 262,144 bytes. Its bytes are stored, signed and sent as they came.",
      example: { invoice: "in_1", amount: 1200 },
    }),
    channels: z
      .array(z.string().regex(CHANNEL))
      .max(CHANNELS_MAX)
      .optional()
      .openapi({ description: "Endpoints with channels get the event only if they share one of these." }),
    id: z
      .string()
      .regex(EVENT_KEY)
      .optional()
      .openapi({ description: "Your own id of the event: the same one with the same content is stored once." }),
  })
  // The schema library takes a member that may be anything for one that may be missing.
  .openapi("PublishEvent", { required: ["type", "data"] });

export const publishBatchSchema = z
  .strictObject({ events: z.array(publishEventSchema).min(1).max(BATCH_EVENTS_MAX) })
  .openapi("PublishBatch");

export const publishedEventSchema = z
  .strictObject({
    id: z.string().openapi({ example: "evt_01h2xcejqtf" }),
    deliveries: z.int().min(0).openapi({ description: "How many endpoints will get it.", example: 2 }),
  })
  .openapi("PublishedEvent");

export const publishedBatchSchema = z
  .strictObject({
    events: z.array(publishedEventSchema).openapi({ description: "One for each event, in the order of the request." }),
  })
  .openapi("PublishedBatch");
