/** The wire shapes of event types. */
import { z } from "@hono/zod-openapi";

import { checkEventType, EVENT_TYPE_DESCRIPTION_CHARACTERS_MAX } from "../../../core/event-types/event-type.ts";
import { listSchema, pageParameters } from "../pagination.ts";
import { checkedBy, isoTime } from "../schema-parts.ts";
import { tenantPathSchema } from "../tenants/schemas.ts";

const EXAMPLE = "JSON text of up to 16 KiB, kept as it came.";

export const eventTypeSchema = z
  .strictObject({
    name: z.string().openapi({ example: "invoice.paid" }),
    description: z.string(),
    example: z.string().nullable().openapi({ description: EXAMPLE, example: '{"invoice":"in_1","amount":1200}' }),
    createdAt: isoTime,
    updatedAt: isoTime,
    deprecatedAt: isoTime.nullable(),
  })
  .openapi("EventType");

export const eventTypeListSchema = listSchema(eventTypeSchema, "EventTypeList");

export const putEventTypeSchema = z
  .strictObject({
    description: z
      .string()
      .check(checkedBy((value) => checkEventType({ description: value })))
      .optional()
      .openapi({ maxLength: EVENT_TYPE_DESCRIPTION_CHARACTERS_MAX }),
    example: z
      .string()
      .check(checkedBy((value) => checkEventType({ example: value })))
      .nullable()
      .optional()
      .openapi({ description: EXAMPLE }),
  })
  .openapi("PutEventType");

export const eventTypePathSchema = tenantPathSchema.extend({
  name: z.string().openapi({ example: "invoice.paid" }),
});

export const listEventTypesQuerySchema = z.strictObject(pageParameters);

/** The name of the last type shown; compared, never looked up, so any short text will do. */
export const eventTypePositionSchema = z.string().regex(/^[\x20-\x7e]{1,128}$/);
