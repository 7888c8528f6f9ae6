/**
 * `/v1/tenants/{t}/event-types`: put, list, get, deprecate. There is no DELETE: endpoints and stored events name types,
 * so a type is deprecated, which a later PUT takes back.
 */
import { createRoute } from "@hono/zod-openapi";

import { deprecateEventType } from "../../../core/event-types/deprecate-event-type.ts";
import { getEventType } from "../../../core/event-types/get-event-type.ts";
import { listEventTypes } from "../../../core/event-types/list-event-types.ts";
import { putEventType } from "../../../core/event-types/put-event-type.ts";
import type { NativeApp, NativeServices } from "../native-env.ts";
import { emptyBody, idempotencyHeaders, jsonAnswer, jsonBody, problems } from "../openapi.ts";
import { decodeCursor, toListAnswer } from "../pagination.ts";
import { tenantPathSchema } from "../tenants/schemas.ts";
import {
  eventTypeListSchema,
  eventTypePathSchema,
  eventTypePositionSchema,
  eventTypeSchema,
  listEventTypesQuerySchema,
  putEventTypeSchema,
} from "./schemas.ts";
import { toEventTypeAnswer } from "./translate.ts";

const putEventTypeRoute = createRoute({
  method: "put",
  path: "/v1/tenants/{t}/event-types/{name}",
  operationId: "putEventType",
  tags: ["event-types"],
  summary: "Register an event type, or replace its description and example; a deprecated one is in use again",
  request: { params: eventTypePathSchema, body: jsonBody(putEventTypeSchema) },
  responses: {
    200: jsonAnswer(eventTypeSchema, "The type as it is now"),
    201: jsonAnswer(eventTypeSchema, "The new type"),
    ...problems(400, 401, 403, 404, 413, 415),
  },
});

const listEventTypesRoute = createRoute({
  method: "get",
  path: "/v1/tenants/{t}/event-types",
  operationId: "listEventTypes",
  tags: ["event-types"],
  summary: "List event types by name",
  request: { params: tenantPathSchema, query: listEventTypesQuerySchema },
  responses: { 200: jsonAnswer(eventTypeListSchema, "A page of event types"), ...problems(400, 401, 403, 404) },
});

const getEventTypeRoute = createRoute({
  method: "get",
  path: "/v1/tenants/{t}/event-types/{name}",
  operationId: "getEventType",
  tags: ["event-types"],
  summary: "Get an event type",
  request: { params: eventTypePathSchema },
  responses: { 200: jsonAnswer(eventTypeSchema, "The type"), ...problems(401, 403, 404) },
});

const deprecateEventTypeRoute = createRoute({
  method: "post",
  path: "/v1/tenants/{t}/event-types/{name}/deprecate",
  operationId: "deprecateEventType",
  tags: ["event-types"],
  summary: "Mark an event type deprecated; publishing and delivery go on",
  request: { params: eventTypePathSchema, headers: idempotencyHeaders, body: emptyBody },
  responses: {
    200: jsonAnswer(eventTypeSchema, "The type as it is now"),
    ...problems(400, 401, 403, 404, 409, 413, 415, 422),
  },
});

export function registerEventTypeRoutes(app: NativeApp, { context }: NativeServices): void {
  app.openapi(putEventTypeRoute, async (c) => {
    const input = { ...c.req.valid("json"), name: c.req.valid("param").name };
    const { eventType, created } = await putEventType({
      context,
      actor: c.var.actor,
      tenantId: c.var.tenant.id,
      input,
    });
    return c.json(toEventTypeAnswer(eventType), created ? 201 : 200);
  });

  app.openapi(listEventTypesRoute, async (c) => {
    const { limit, cursor } = c.req.valid("query");
    const after = decodeCursor(cursor, eventTypePositionSchema);
    const { actor, tenant } = c.var;
    const page = await listEventTypes({ context, actor, tenantId: tenant.id, input: { after, limit } });
    return c.json(toListAnswer(page, toEventTypeAnswer), 200);
  });

  app.openapi(getEventTypeRoute, async (c) => {
    const { name } = c.req.valid("param");
    const type = await getEventType({ context, actor: c.var.actor, tenantId: c.var.tenant.id, name });
    return c.json(toEventTypeAnswer(type), 200);
  });

  app.openapi(deprecateEventTypeRoute, async (c) => {
    const { name } = c.req.valid("param");
    const type = await deprecateEventType({ context, actor: c.var.actor, tenantId: c.var.tenant.id, name });
    return c.json(toEventTypeAnswer(type), 200);
  });
}
