/** `…/events/{event}/explain` and `…/deliveries/{d}/explain`: why it went there or did not, and all that happened. */
import { createRoute, z } from "@hono/zod-openapi";

import { explainDelivery } from "../../../core/explanations/explain-delivery.ts";
import { explainEvent } from "../../../core/explanations/explain-event.ts";
import { deliveryPathSchema } from "../deliveries/schemas.ts";
import { eventPathSchema } from "../events/schemas.ts";
import { toEventAnswer } from "../events/translate.ts";
import type { NativeApp, NativeServices } from "../native-env.ts";
import { jsonAnswer, problems } from "../openapi.ts";
import { decodeCursor, toListAnswer } from "../pagination.ts";
import { requireNumber } from "../path-ids.ts";
import { explainedDeliverySchema, explainedEventSchema, explainEventQuerySchema } from "./schemas.ts";
import { toExplainedDeliveryAnswer, toExplainedEndpointAnswer } from "./translate.ts";

const explainEventRoute = createRoute({
  method: "get",
  path: "/v1/tenants/{t}/events/{event}/explain",
  operationId: "explainEvent",
  tags: ["events"],
  summary: "Say of each endpoint why the event went there or did not",
  description:
    "Settings are those of the time of the event, as the audit log has them; where it does not reach back, certainty " +
    "says inferred.",
  request: { params: eventPathSchema, query: explainEventQuerySchema },
  responses: { 200: jsonAnswer(explainedEventSchema, "A page of endpoints"), ...problems(400, 401, 403, 404) },
});

const explainDeliveryRoute = createRoute({
  method: "get",
  path: "/v1/tenants/{t}/deliveries/{d}/explain",
  operationId: "explainDelivery",
  tags: ["deliveries"],
  summary: "Tell all that happened to a delivery in plain words, with causes and what to do",
  request: { params: deliveryPathSchema },
  responses: { 200: jsonAnswer(explainedDeliverySchema, "The delivery's timeline"), ...problems(401, 403, 404) },
});

/** An endpoint's number: the position in the list. */
const positionSchema = z
  .int()
  .nonnegative()
  .max(2 ** 31 - 1);

export function registerExplanationRoutes(app: NativeApp, { context }: NativeServices): void {
  app.openapi(explainEventRoute, async (c) => {
    const { actor, tenant } = c.var;
    const eventId = requireNumber("evt", c.req.valid("param").event);
    const { cursor, ...query } = c.req.valid("query");
    const input = { ...query, after: decodeCursor(cursor, positionSchema) };
    const { event, endpoints } = await explainEvent({ context, actor, tenantId: tenant.id, eventId, input });
    return c.json({ event: toEventAnswer(event), ...toListAnswer(endpoints, toExplainedEndpointAnswer) }, 200);
  });

  app.openapi(explainDeliveryRoute, async (c) => {
    const { actor, tenant } = c.var;
    const deliveryId = requireNumber("dlv", c.req.valid("param").d);
    const explained = await explainDelivery({ context, actor, tenantId: tenant.id, deliveryId });
    return c.json(toExplainedDeliveryAnswer(explained), 200);
  });
}
