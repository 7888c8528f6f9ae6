/** A time in a query: ISO 8601 with its offset, since 1970. */
import { z } from "@hono/zod-openapi";

export const timeText = z.iso
  .datetime({ offset: true, message: "Expected a time such as 2026-01-31T12:00:00Z." })
  .transform((text, context): Date => {
    const time = new Date(text);
    // Ids count from 1970; what lies before it means nothing here.
    if (time.getTime() >= 0) return time;
    const message = "Expected a time since 1970.";
    context.issues.push({ code: "custom", message, params: { code: "out_of_bounds" }, input: text });
    return z.NEVER;
  })
  .openapi({ type: "string", format: "date-time", example: "2026-01-31T12:00:00Z" });
