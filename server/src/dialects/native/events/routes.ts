/** `/v1/tenants/{t}/events`, reading and resend. Publishing is served in front of Hono (publish-handler.ts). */
import { createRoute } from "@hono/zod-openapi";

import { getEvent } from "../../../core/events/get-event.ts";
import { getEventData } from "../../../core/events/get-event-data.ts";
import { listEvents } from "../../../core/events/list-events.ts";
import { resendEvent, type ResentEvent } from "../../../core/events/resend-event.ts";
import { keepAnswerOf } from "../../../http/keep-answer.ts";
import type { NativeApp, NativeServices } from "../native-env.ts";
import { idempotencyHeaders, jsonAnswer, jsonBody, problems } from "../openapi.ts";
import { decodeCursor, toListAnswer } from "../pagination.ts";
import { requireNumber } from "../path-ids.ts";
import { tenantPathSchema } from "../tenants/schemas.ts";
import {
  eventDataSchema,
  eventInFullSchema,
  eventListSchema,
  eventPathSchema,
  eventPositionSchema,
  listEventsQuerySchema,
  resendEventSchema,
  resentEventSchema,
} from "./schemas.ts";
import { toEventAnswer, toEventInFullBody } from "./translate.ts";

const listEventsRoute = createRoute({
  method: "get",
  path: "/v1/tenants/{t}/events",
  operationId: "listEvents",
  tags: ["events"],
  summary: "List events, newest first, without their data",
  description:
    "Filters look at up to 10,000 events for each page: a page can be short, even empty, while nextCursor says that " +
    "there is more.",
  request: { params: tenantPathSchema, query: listEventsQuerySchema },
  responses: { 200: jsonAnswer(eventListSchema, "A page of events"), ...problems(400, 401, 403, 404) },
});

const getEventRoute = createRoute({
  method: "get",
  path: "/v1/tenants/{t}/events/{event}",
  operationId: "getEvent",
  tags: ["events"],
  summary: "Get an event with its data and deliveries",
  request: { params: eventPathSchema },
  responses: { 200: jsonAnswer(eventInFullSchema, "The event"), ...problems(401, 403, 404) },
});

const getEventDataRoute = createRoute({
  method: "get",
  path: "/v1/tenants/{t}/events/{event}/data",
  operationId: "getEventData",
  tags: ["events"],
  summary: "Get the published bytes of an event's data, and nothing around them",
  request: { params: eventPathSchema },
  responses: { 200: jsonAnswer(eventDataSchema, "The data"), ...problems(401, 403, 404) },
});

const resendEventRoute = createRoute({
  method: "post",
  path: "/v1/tenants/{t}/events/{event}/resend",
  operationId: "resendEvent",
  tags: ["events"],
  summary: "Begin a new run of the event's deliveries that have ended",
  description:
    "What is unfinished goes on as it is. Only deliveries that exist are resent: an endpoint that was created, or began " +
    "to want the type, after the event was published gets none. Endpoints that are disabled or deleted are left out, " +
    "or refused where they are named.",
  request: { params: eventPathSchema, headers: idempotencyHeaders, body: jsonBody(resendEventSchema) },
  responses: {
    200: jsonAnswer(resentEventSchema, "How many deliveries began a new run"),
    ...problems(400, 401, 403, 404, 409, 410, 413, 415, 422),
  },
});

const JSON_HEADERS = { "content-type": "application/json" };

export function registerEventRoutes(app: NativeApp, { context }: NativeServices): void {
  app.openapi(listEventsRoute, async (c) => {
    const { actor, tenant } = c.var;
    const { cursor, ...filters } = c.req.valid("query");
    const after = decodeCursor(cursor, eventPositionSchema);
    const page = await listEvents({ context, actor, tenantId: tenant.id, input: { ...filters, after } });
    return c.json(toListAnswer(page, toEventAnswer), 200);
  });

  // Answers that hold published bytes are written as bytes, which typed JSON handlers cannot do.
  app.openAPIRegistry.registerPath(getEventRoute);
  app.get(getEventRoute.getRoutingPath(), async (c) => {
    const { actor, tenant } = c.var;
    const eventId = requireNumber("evt", c.req.param("event"));
    const found = await getEvent({ context, actor, tenantId: tenant.id, eventId });
    return c.body(toEventInFullBody(found), 200, JSON_HEADERS);
  });

  app.openAPIRegistry.registerPath(getEventDataRoute);
  app.get(getEventDataRoute.getRoutingPath(), async (c) => {
    const { actor, tenant } = c.var;
    const eventId = requireNumber("evt", c.req.param("event"));
    const data = await getEventData({ context, actor, tenantId: tenant.id, eventId });
    return c.body(Buffer.from(data), 200, JSON_HEADERS);
  });

  app.openapi(resendEventRoute, async (c) => {
    const { actor, tenant } = c.var;
    const eventId = requireNumber("evt", c.req.valid("param").event);
    const input = c.req.valid("json");
    const keepAnswer = keepAnswerOf(c, 200, (resent: ResentEvent) => resent);
    const resent = await resendEvent({ context, actor, tenantId: tenant.id, eventId, input, keepAnswer });
    return c.json(resent, 200);
  });
}
