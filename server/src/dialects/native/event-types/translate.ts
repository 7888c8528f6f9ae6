/** Event types between the core and the wire. Inputs have the same shape on both sides. */
import type { z } from "@hono/zod-openapi";

import type { EventType } from "../../../core/event-types/event-type.ts";
import type { eventTypeSchema } from "./schemas.ts";

export function toEventTypeAnswer(type: EventType): z.infer<typeof eventTypeSchema> {
  return {
    name: type.name,
    description: type.description,
    example: type.example,
    createdAt: type.createdAt.toISOString(),
    updatedAt: type.updatedAt.toISOString(),
    deprecatedAt: type.deprecatedAt?.toISOString() ?? null,
  };
}
