/** `/v1/tenants/{t}/endpoints`: create, list, get, change, delete, and the acts on one. */
import { createRoute } from "@hono/zod-openapi";

import { createEndpoint } from "../../../core/endpoints/create-endpoint.ts";
import { deleteEndpoint } from "../../../core/endpoints/delete-endpoint.ts";
import { getEndpoint } from "../../../core/endpoints/get-endpoint.ts";
import { listEndpoints } from "../../../core/endpoints/list-endpoints.ts";
import { updateEndpoint } from "../../../core/endpoints/update-endpoint.ts";
import { keepAnswerOf } from "../../../http/keep-answer.ts";
import type { NativeApp, NativeServices } from "../native-env.ts";
import { idempotencyHeaders, jsonAnswer, jsonBody, problems } from "../openapi.ts";
import { decodeCursor, toListAnswer } from "../pagination.ts";
import { requireUuid } from "../path-ids.ts";
import { tenantPathSchema } from "../tenants/schemas.ts";
import {
  createdEndpointSchema,
  createEndpointSchema,
  endpointListSchema,
  endpointPathSchema,
  endpointPositionSchema,
  endpointSchema,
  listEndpointsQuerySchema,
  updateEndpointSchema,
} from "./schemas.ts";
import { toCreatedEndpointAnswer, toEndpointAnswer } from "./translate.ts";

const createEndpointRoute = createRoute({
  method: "post",
  path: "/v1/tenants/{t}/endpoints",
  operationId: "createEndpoint",
  tags: ["endpoints"],
  summary: "Create an endpoint; its signing secret is shown in this answer only",
  request: { params: tenantPathSchema, headers: idempotencyHeaders, body: jsonBody(createEndpointSchema) },
  responses: {
    201: jsonAnswer(createdEndpointSchema, "The new endpoint with its secret"),
    ...problems(400, 401, 403, 404, 409, 413, 415, 422),
  },
});

const listEndpointsRoute = createRoute({
  method: "get",
  path: "/v1/tenants/{t}/endpoints",
  operationId: "listEndpoints",
  tags: ["endpoints"],
  summary: "List endpoints, newest first",
  request: { params: tenantPathSchema, query: listEndpointsQuerySchema },
  responses: { 200: jsonAnswer(endpointListSchema, "A page of endpoints"), ...problems(400, 401, 403, 404) },
});

const getEndpointRoute = createRoute({
  method: "get",
  path: "/v1/tenants/{t}/endpoints/{e}",
  operationId: "getEndpoint",
  tags: ["endpoints"],
  summary: "Get an endpoint",
  request: { params: endpointPathSchema },
  responses: { 200: jsonAnswer(endpointSchema, "The endpoint"), ...problems(401, 403, 404) },
});

const updateEndpointRoute = createRoute({
  method: "patch",
  path: "/v1/tenants/{t}/endpoints/{e}",
  operationId: "updateEndpoint",
  tags: ["endpoints"],
  summary: "Change an endpoint; counts from the next event on",
  request: { params: endpointPathSchema, body: jsonBody(updateEndpointSchema) },
  responses: {
    200: jsonAnswer(endpointSchema, "The endpoint as it is now"),
    ...problems(400, 401, 403, 404, 413, 415, 422),
  },
});

const deleteEndpointRoute = createRoute({
  method: "delete",
  path: "/v1/tenants/{t}/endpoints/{e}",
  operationId: "deleteEndpoint",
  tags: ["endpoints"],
  summary: "Delete an endpoint: its secrets are wiped, what waits for it is cancelled",
  request: { params: endpointPathSchema },
  responses: { 204: { description: "The endpoint is deleted" }, ...problems(401, 403, 404) },
});

export function registerEndpointRoutes(app: NativeApp, { context }: NativeServices): void {
  app.openapi(createEndpointRoute, async (c) => {
    const { actor, tenant } = c.var;
    const input = c.req.valid("json");
    const keepAnswer = keepAnswerOf(c, 201, toCreatedEndpointAnswer);
    const created = await createEndpoint({ context, actor, tenantId: tenant.id, input, keepAnswer });
    return c.json(toCreatedEndpointAnswer(created), 201);
  });

  app.openapi(listEndpointsRoute, async (c) => {
    const { actor, tenant } = c.var;
    const { limit, cursor } = c.req.valid("query");
    const after = decodeCursor(cursor, endpointPositionSchema);
    const page = await listEndpoints({ context, actor, tenantId: tenant.id, input: { after, limit } });
    return c.json(toListAnswer(page, toEndpointAnswer), 200);
  });

  app.openapi(getEndpointRoute, async (c) => {
    const { actor, tenant } = c.var;
    const endpointId = requireUuid("ep", c.req.valid("param").e);
    const endpoint = await getEndpoint({ context, actor, tenantId: tenant.id, endpointId });
    return c.json(toEndpointAnswer(endpoint), 200);
  });

  app.openapi(updateEndpointRoute, async (c) => {
    const { actor, tenant } = c.var;
    const endpointId = requireUuid("ep", c.req.valid("param").e);
    const input = c.req.valid("json");
    const endpoint = await updateEndpoint({ context, actor, tenantId: tenant.id, endpointId, input });
    return c.json(toEndpointAnswer(endpoint), 200);
  });

  app.openapi(deleteEndpointRoute, async (c) => {
    const { actor, tenant } = c.var;
    const endpointId = requireUuid("ep", c.req.valid("param").e);
    await deleteEndpoint({ context, actor, tenantId: tenant.id, endpointId });
    return c.body(null, 204);
  });
}
