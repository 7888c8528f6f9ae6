/** Deliveries to the wire. */
import type { z } from "@hono/zod-openapi";

import type { Delivery } from "../../../core/deliveries/delivery.ts";
import { toNumberId, toUuidId } from "../../../core/ids/public-id.ts";
import type { deliverySchema } from "./schemas.ts";

export function toDeliveryAnswer(delivery: Delivery): z.infer<typeof deliverySchema> {
  return {
    id: toNumberId("dlv", delivery.id),
    eventId: toNumberId("evt", delivery.eventId),
    endpointId: toUuidId("ep", delivery.endpointId),
    type: delivery.type,
    state: delivery.state,
    reason: delivery.reason,
    source: delivery.source,
    run: delivery.run,
    attemptCount: delivery.attemptCount,
    dueAt: delivery.dueAt?.toISOString() ?? null,
    createdAt: delivery.createdAt.toISOString(),
    finishedAt: delivery.finishedAt?.toISOString() ?? null,
    lastAttemptAt: delivery.lastAttemptAt?.toISOString() ?? null,
    lastClass: delivery.lastClass,
    lastStatus: delivery.lastStatus,
  };
}
