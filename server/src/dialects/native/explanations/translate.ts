/** Explanations to the wire. */
import type { z } from "@hono/zod-openapi";

import type { ExplainedEndpoint } from "../../../core/explanations/describe-sent.ts";
import type { ExplainedDelivery } from "../../../core/explanations/explain-delivery.ts";
import type { TimelineEntry } from "../../../core/explanations/tell-delivery.ts";
import { toNumberId, toUuidId } from "../../../core/ids/public-id.ts";
import { toDeliveryAnswer } from "../deliveries/translate.ts";
import type { explainedDeliverySchema, explainedEndpointSchema, timelineEntrySchema } from "./schemas.ts";

export function toExplainedEndpointAnswer(explained: ExplainedEndpoint): z.infer<typeof explainedEndpointSchema> {
  const { endpointId, verdict, reason, certainty, text, cause, advice, at, delivery } = explained;
  return {
    endpointId: toUuidId("ep", endpointId),
    verdict,
    reason,
    certainty,
    text,
    cause,
    advice,
    at: at?.toISOString() ?? null,
    delivery: delivery === null ? null : toDeliveryAnswer(delivery),
  };
}

export function toExplainedDeliveryAnswer(explained: ExplainedDelivery): z.infer<typeof explainedDeliverySchema> {
  const { delivery, standing, timeline } = explained;
  return {
    delivery: toDeliveryAnswer(delivery),
    waitsFor: standing === null ? null : { ...standing, until: standing.until?.toISOString() ?? null },
    timeline: timeline.map(toEntryAnswer),
  };
}

function toEntryAnswer(entry: TimelineEntry): z.infer<typeof timelineEntrySchema> {
  const { at, kind, text, detail, cause, advice, attempt } = entry;
  const named = attempt === null ? null : { ...attempt, id: toNumberId("att", attempt.id) };
  return { at: at.toISOString(), kind, text, detail, cause, advice, attempt: named };
}
