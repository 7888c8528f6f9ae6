/**
 * `/v1/tenants/{t}/dialects`: which other wire contracts are served for a tenant. For the root key alone: a host belongs
 * to the whole instance.
 */
import { createRoute } from "@hono/zod-openapi";

import { deleteDialect } from "../../../core/dialects/delete-dialect.ts";
import { getDialect } from "../../../core/dialects/get-dialect.ts";
import { listDialects } from "../../../core/dialects/list-dialects.ts";
import { putDialect } from "../../../core/dialects/put-dialect.ts";
import type { NativeApp, NativeServices } from "../native-env.ts";
import { jsonAnswer, jsonBody, problems } from "../openapi.ts";
import { tenantPathSchema } from "../tenants/schemas.ts";
import {
  dialectListSchema,
  dialectPathSchema,
  dialectSchema,
  putDialectAnswerSchema,
  putDialectSchema,
} from "./schemas.ts";
import { requireDialectName, toDialectAnswer } from "./translate.ts";

const listDialectsRoute = createRoute({
  method: "get",
  path: "/v1/tenants/{t}/dialects",
  operationId: "listDialects",
  tags: ["dialects"],
  summary: "List the dialects that are switched on",
  request: { params: tenantPathSchema },
  responses: { 200: jsonAnswer(dialectListSchema, "All of them, by name"), ...problems(401, 403, 404) },
});

const getDialectRoute = createRoute({
  method: "get",
  path: "/v1/tenants/{t}/dialects/{dialect}",
  operationId: "getDialect",
  tags: ["dialects"],
  summary: "Get a dialect that is switched on",
  request: { params: dialectPathSchema },
  responses: { 200: jsonAnswer(dialectSchema, "The dialect"), ...problems(401, 403, 404) },
});

const putDialectRoute = createRoute({
  method: "put",
  path: "/v1/tenants/{t}/dialects/{dialect}",
  operationId: "putDialect",
  tags: ["dialects"],
  summary: "Switch a dialect on, or change it; registers the event types of its contract",
  request: { params: dialectPathSchema, body: jsonBody(putDialectSchema) },
  responses: {
    200: jsonAnswer(putDialectAnswerSchema, "The dialect as it is now"),
    201: jsonAnswer(putDialectAnswerSchema, "The dialect is switched on"),
    ...problems(400, 401, 403, 404, 409, 413, 415),
  },
});

const deleteDialectRoute = createRoute({
  method: "delete",
  path: "/v1/tenants/{t}/dialects/{dialect}",
  operationId: "deleteDialect",
  tags: ["dialects"],
  summary: "Switch a dialect off: its hosts and keys are free, its secrets are gone; endpoints and event types stay",
  request: { params: dialectPathSchema },
  responses: { 204: { description: "The dialect is switched off" }, ...problems(401, 403, 404) },
});

export function registerDialectRoutes(app: NativeApp, { context }: NativeServices): void {
  app.openapi(listDialectsRoute, async (c) => {
    const { actor, tenant } = c.var;
    const dialects = await listDialects({ context, actor, tenantId: tenant.id });
    return c.json({ data: dialects.map(toDialectAnswer) }, 200);
  });

  app.openapi(getDialectRoute, async (c) => {
    const { actor, tenant } = c.var;
    const name = requireDialectName(c.req.valid("param").dialect);
    return c.json(toDialectAnswer(await getDialect({ context, actor, tenantId: tenant.id, name })), 200);
  });

  app.openapi(putDialectRoute, async (c) => {
    const { actor, tenant } = c.var;
    const name = requireDialectName(c.req.valid("param").dialect);
    const input = c.req.valid("json");
    const { dialect, created, ...generated } = await putDialect({ context, actor, tenantId: tenant.id, name, input });
    return c.json({ ...toDialectAnswer(dialect), ...generated }, created ? 201 : 200);
  });

  app.openapi(deleteDialectRoute, async (c) => {
    const { actor, tenant } = c.var;
    const name = requireDialectName(c.req.valid("param").dialect);
    await deleteDialect({ context, actor, tenantId: tenant.id, name });
    return c.body(null, 204);
  });
}
