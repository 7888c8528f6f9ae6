/** Declares `POST /v1/tenants/{t}/events` and `/events/batch` for the OpenAPI document; they are served raw. */
import { createRoute } from "@hono/zod-openapi";

import type { NativeApp } from "../native-env.ts";
import { idempotencyHeaders, jsonAnswer, jsonBody, problems } from "../openapi.ts";
import { tenantPathSchema } from "../tenants/schemas.ts";
import {
  publishBatchSchema,
  publishedBatchSchema,
  publishedEventSchema,
  publishEventSchema,
} from "./publish-schemas.ts";

const publishEventRoute = createRoute({
  method: "post",
  path: "/v1/tenants/{t}/events",
  operationId: "publishEvent",
  tags: ["events"],
  summary: "Publish one event; answered when it and its deliveries are stored",
  request: { params: tenantPathSchema, headers: idempotencyHeaders, body: jsonBody(publishEventSchema) },
  responses: {
    202: jsonAnswer(publishedEventSchema, "The event is stored and will be delivered"),
    ...problems(400, 401, 403, 404, 409, 413, 415, 422, 503),
  },
});

const publishBatchRoute = createRoute({
  method: "post",
  path: "/v1/tenants/{t}/events/batch",
  operationId: "publishBatch",
  tags: ["events"],
  summary: "Publish up to 100 events: all are stored, or none",
  request: { params: tenantPathSchema, headers: idempotencyHeaders, body: jsonBody(publishBatchSchema) },
  responses: {
    202: jsonAnswer(publishedBatchSchema, "The events are stored and will be delivered"),
    ...problems(400, 401, 403, 404, 409, 413, 415, 422, 503),
  },
});

export function declarePublishRoutes(app: NativeApp): void {
  app.openAPIRegistry.registerPath(publishEventRoute);
  app.openAPIRegistry.registerPath(publishBatchRoute);
}
