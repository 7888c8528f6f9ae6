/** The wire shapes of explanations. */
import { z } from "@hono/zod-openapi";

import { CANCEL_REASONS } from "../../../core/explanations/describe-end.ts";
import { EVENT_VERDICTS, NOT_SENT_CODES } from "../../../core/explanations/event-reason.ts";
import { CERTAINTIES } from "../../../core/explanations/settings-then.ts";
import { STANDING_CODES } from "../../../core/explanations/standing.ts";
import { TIMELINE_KINDS } from "../../../core/explanations/tell-delivery.ts";
import { uuidIdText } from "../deliveries/id-text.ts";
import { deliverySchema } from "../deliveries/schemas.ts";
import { eventSchema } from "../events/schemas.ts";
import { pageParameters } from "../pagination.ts";
import { isoTime } from "../schema-parts.ts";

const CANCEL_CODES = Object.keys(CANCEL_REASONS) as (keyof typeof CANCEL_REASONS)[];
const text = z.string().openapi({ description: "In plain words." });
const cause = z.string().nullable().openapi({ description: "What went wrong at the last failure, in plain words." });
const advice = z.string().nullable().openapi({ description: "What to do; null where nothing is to be done." });

export const explainEventQuerySchema = z.strictObject({
  ...pageParameters,
  endpointId: uuidIdText("ep").optional().openapi({ description: "This endpoint alone, also when it was deleted." }),
});

export const explainedEndpointSchema = z
  .strictObject({
    endpointId: z.string().openapi({ example: "ep_5fqka2m1c39z0v8d7h4wxtnp6r" }),
    verdict: z.enum(EVENT_VERDICTS),
    reason: z.enum(["accepted", "tries_exhausted", ...STANDING_CODES, ...CANCEL_CODES, ...NOT_SENT_CODES]).openapi({
      description: "Stable: decide by this. Of not_sent why no delivery was made, of in_progress what it waits for.",
    }),
    certainty: z.enum(CERTAINTIES).openapi({
      description:
        "recorded: the records say so. inferred: they do not reach back, or do not decide; it is what the present settings suggest.",
    }),
    text,
    cause,
    advice,
    at: isoTime.nullable().openapi({ description: "When what is the reason came to be, where that is recorded." }),
    delivery: z.union([deliverySchema, z.null()]).openapi({ description: "Null: none was made." }),
  })
  .openapi("ExplainedEndpoint");

export const explainedEventSchema = z
  .strictObject({
    event: eventSchema,
    data: z.array(explainedEndpointSchema).openapi({ description: "The tenant's endpoints, newest first." }),
    nextCursor: z.string().nullable().openapi({ description: "Null at the end of the list." }),
  })
  .openapi("ExplainedEvent");

export const timelineEntrySchema = z
  .strictObject({
    at: isoTime,
    kind: z.enum(TIMELINE_KINDS),
    text,
    detail: z.string().nullable().openapi({ description: "Of an attempt: its phases, address and secret versions." }),
    cause: z.string().nullable().openapi({ description: "What went wrong, in plain words." }),
    advice,
    attempt: z
      .strictObject({ id: z.string().openapi({ example: "att_01h2xcejqtf" }), run: z.int(), number: z.int() })
      .nullable()
      .openapi({ description: "Which attempt is told of." }),
  })
  .openapi("TimelineEntry");

export const explainedDeliverySchema = z
  .strictObject({
    delivery: deliverySchema,
    waitsFor: z
      .strictObject({ code: z.enum(STANDING_CODES), text, advice, until: isoTime.nullable() })
      .nullable()
      .openapi({ description: "Null once it has ended." }),
    timeline: z.array(timelineEntrySchema).openapi({
      description: "Oldest first, of the newest 100 attempts; what is still to come stands last.",
    }),
  })
  .openapi("ExplainedDelivery");
