/** The wire shapes of deliveries, and the filters of their list. */
import { z } from "@hono/zod-openapi";

import { DELIVERY_STATES } from "../../../core/deliveries/delivery-state.ts";
import { EVENT_TYPE_NAME_CHARACTERS_MAX } from "../../../core/event-types/event-type.ts";
import { listSchema, pageParameters } from "../pagination.ts";
import { isoTime } from "../schema-parts.ts";
import { tenantPathSchema } from "../tenants/schemas.ts";
import { attemptSchema, errorClassSchema, sourceSchema } from "./attempt-schema.ts";
import { numberIdText, uuidIdText } from "./id-text.ts";
import { timeText } from "./time-text.ts";

export const deliverySchema = z
  .strictObject({
    id: z.string().openapi({ example: "dlv_01h2xcejqte" }),
    eventId: z.string().openapi({ example: "evt_01h2xcejqtd" }),
    endpointId: z.string().openapi({ example: "ep_5fqka2m1c39z0v8d7h4wxtnp6r" }),
    type: z.string().openapi({ example: "invoice.paid" }),
    state: z.enum(DELIVERY_STATES),
    reason: z.string().nullable().openapi({ description: "Why it was cancelled." }),
    source: sourceSchema,
    run: z.int().openapi({ description: "From 1; each resend begins another." }),
    attemptCount: z.int().openapi({ description: "Tries spent in this run." }),
    dueAt: isoTime.nullable().openapi({ description: "When a pending delivery is due." }),
    createdAt: isoTime,
    finishedAt: isoTime.nullable(),
    lastAttemptAt: isoTime.nullable(),
    lastClass: errorClassSchema.nullable(),
    lastStatus: z.int().nullable().openapi({ description: "The HTTP status of the last answer." }),
  })
  .openapi("Delivery");

export const deliveryInFullSchema = z
  .strictObject({
    ...deliverySchema.shape,
    attempts: z.array(attemptSchema).openapi({ description: "Of all runs, newest first; at most 100." }),
  })
  .openapi("DeliveryInFull");

export const deliveryListSchema = listSchema(deliverySchema, "DeliveryList");

export const deliveryPathSchema = tenantPathSchema.extend({
  d: z.string().openapi({ description: "A delivery's id.", example: "dlv_01h2xcejqte" }),
});

export const listDeliveriesQuerySchema = z.strictObject({
  ...pageParameters,
  endpointId: uuidIdText("ep").optional(),
  eventId: numberIdText("evt").optional(),
  state: z.enum(DELIVERY_STATES).optional(),
  type: z.string().max(EVENT_TYPE_NAME_CHARACTERS_MAX).optional(),
  class: errorClassSchema.optional().openapi({ description: "The error class of the last attempt." }),
  code: z
    .string()
    .regex(/^[1-9]\d{2}$/, "Expected an HTTP status.")
    .transform(Number)
    .optional()
    .openapi({ type: "integer", minimum: 100, maximum: 999, description: "The HTTP status of the last attempt." }),
  source: sourceSchema.optional(),
  createdAfter: timeText.optional().openapi({ description: "At this time or later." }),
  createdBefore: timeText.optional().openapi({ description: "Before this time." }),
});

/** A delivery's id as a number: the position in the list. */
export const deliveryPositionSchema = z.int().nonnegative();
