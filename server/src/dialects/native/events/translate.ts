/** Events to the wire. Published data goes out as the bytes it came in: it is put into the answer, never parsed. */
import type { z } from "@hono/zod-openapi";

import type { PublishedEvent } from "../../../core/events/event.ts";
import type { EventInFull } from "../../../core/events/get-event.ts";
import { toNumberId } from "../../../core/ids/public-id.ts";
import { toDeliveryAnswer } from "../deliveries/translate.ts";
import type { eventSchema } from "./schemas.ts";

export function toEventAnswer(event: PublishedEvent): z.infer<typeof eventSchema> {
  return {
    id: toNumberId("evt", event.id),
    type: event.type,
    channels: event.channels === null ? null : [...event.channels],
    publisherId: event.key,
    source: event.source,
    deliveryCount: event.deliveryCount,
    dataBytes: event.dataBytes,
    createdAt: event.createdAt.toISOString(),
  };
}

/** The JSON text of the event with its data and deliveries, in UTF-8. */
export function toEventInFullBody({ event, data, deliveries }: EventInFull): Buffer<ArrayBuffer> {
  const before = JSON.stringify(toEventAnswer(event)).slice(0, -1);
  const after = JSON.stringify(deliveries.map(toDeliveryAnswer));
  return Buffer.concat([Buffer.from(`${before},"data":`), data, Buffer.from(`,"deliveries":${after}}`)]);
}
