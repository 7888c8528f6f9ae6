/** The wire shapes of events as they are read. */
import { z } from "@hono/zod-openapi";

import { EVENT_TYPE_NAME_CHARACTERS_MAX } from "../../../core/event-types/event-type.ts";
import { RESEND_ENDPOINTS_MAX } from "../../../core/events/resend-event.ts";
import { uuidIdText } from "../deliveries/id-text.ts";
import { deliverySchema } from "../deliveries/schemas.ts";
import { timeText } from "../deliveries/time-text.ts";
import { listSchema, pageParameters } from "../pagination.ts";
import { isoTime } from "../schema-parts.ts";
import { tenantPathSchema } from "../tenants/schemas.ts";

export const eventSchema = z
  .strictObject({
    id: z.string().openapi({ example: "evt_01h2xcejqtd" }),
    type: z.string().openapi({ example: "invoice.paid" }),
    channels: z.array(z.string()).nullable(),
    publisherId: z.string().nullable().openapi({ description: "The id that the publisher gave it." }),
    source: z.enum(["publish", "test", "probe", "operational"]),
    deliveryCount: z.int().openapi({ description: "How many deliveries it made when it was published." }),
    dataBytes: z.int(),
    createdAt: isoTime,
  })
  .openapi("Event");

export const eventInFullSchema = z
  .strictObject({
    ...eventSchema.shape,
    data: z.unknown().openapi({ description: "As published, byte for byte." }),
    deliveries: z
      .array(deliverySchema)
      .openapi({ description: "Newest first, at most 250; the list of deliveries by eventId has all." }),
  })
  .openapi("EventInFull");

export const eventListSchema = listSchema(eventSchema, "EventList");

export const eventDataSchema = z.unknown().openapi({ description: "Any JSON value, byte for byte as published." });

export const resendEventSchema = z
  .strictObject({
    endpointIds: z
      .array(uuidIdText("ep"))
      .min(1)
      .max(RESEND_ENDPOINTS_MAX)
      .optional()
      .openapi({ description: "Only to these; all that the event went to if left out." }),
  })
  .openapi("ResendEvent");

export const resentEventSchema = z
  .strictObject({ resent: z.int().openapi({ description: "How many deliveries began a new run." }) })
  .openapi("ResentEvent");

export const eventPathSchema = tenantPathSchema.extend({
  event: z.string().openapi({ description: "An event's id.", example: "evt_01h2xcejqtd" }),
});

export const listEventsQuerySchema = z.strictObject({
  ...pageParameters,
  type: z.string().max(EVENT_TYPE_NAME_CHARACTERS_MAX).optional(),
  createdAfter: timeText.optional().openapi({ description: "At this time or later." }),
  createdBefore: timeText.optional().openapi({ description: "Before this time." }),
});

/** An event's id as a number: the position in the list. */
export const eventPositionSchema = z.int().nonnegative();
