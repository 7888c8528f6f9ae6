/** `/v1/tenants`: create, list, get, update, delete. All but get need the root key. */
import { createRoute } from "@hono/zod-openapi";

import { createTenant } from "../../../core/tenants/create-tenant.ts";
import { deleteTenant } from "../../../core/tenants/delete-tenant.ts";
import { getTenant } from "../../../core/tenants/get-tenant.ts";
import { listTenants } from "../../../core/tenants/list-tenants.ts";
import { updateTenant } from "../../../core/tenants/update-tenant.ts";
import { keepAnswerOf } from "../../../http/keep-answer.ts";
import type { NativeApp, NativeServices } from "../native-env.ts";
import { idempotencyHeaders, jsonAnswer, jsonBody, problems } from "../openapi.ts";
import { decodeCursor, toListAnswer } from "../pagination.ts";
import {
  createTenantSchema,
  listTenantsQuerySchema,
  tenantListSchema,
  tenantPathSchema,
  tenantPositionSchema,
  tenantSchema,
  updateTenantSchema,
} from "./schemas.ts";
import { toTenantAnswer } from "./translate.ts";

const createTenantRoute = createRoute({
  method: "post",
  path: "/v1/tenants",
  operationId: "createTenant",
  tags: ["tenants"],
  summary: "Create a tenant",
  request: { headers: idempotencyHeaders, body: jsonBody(createTenantSchema) },
  responses: {
    201: jsonAnswer(tenantSchema, "The new tenant"),
    ...problems(400, 401, 403, 409, 413, 415, 422),
  },
});

const listTenantsRoute = createRoute({
  method: "get",
  path: "/v1/tenants",
  operationId: "listTenants",
  tags: ["tenants"],
  summary: "List tenants, newest first",
  request: { query: listTenantsQuerySchema },
  responses: { 200: jsonAnswer(tenantListSchema, "A page of tenants"), ...problems(400, 401, 403) },
});

const getTenantRoute = createRoute({
  method: "get",
  path: "/v1/tenants/{t}",
  operationId: "getTenant",
  tags: ["tenants"],
  summary: "Get a tenant; an API key may get its own",
  request: { params: tenantPathSchema },
  responses: { 200: jsonAnswer(tenantSchema, "The tenant"), ...problems(401, 404) },
});

const updateTenantRoute = createRoute({
  method: "patch",
  path: "/v1/tenants/{t}",
  operationId: "updateTenant",
  tags: ["tenants"],
  summary: "Change a tenant's name, tier or metadata",
  request: { params: tenantPathSchema, body: jsonBody(updateTenantSchema) },
  responses: {
    200: jsonAnswer(tenantSchema, "The tenant as it is now"),
    ...problems(400, 401, 403, 404, 413, 415),
  },
});

const deleteTenantRoute = createRoute({
  method: "delete",
  path: "/v1/tenants/{t}",
  operationId: "deleteTenant",
  tags: ["tenants"],
  summary: "Delete a tenant: its keys, endpoints and secrets end at once, what waits is cancelled",
  request: { params: tenantPathSchema },
  responses: { 204: { description: "The tenant is deleted" }, ...problems(401, 403, 404) },
});

export function registerTenantRoutes(app: NativeApp, { context }: NativeServices): void {
  app.openapi(createTenantRoute, async (c) => {
    const keepAnswer = keepAnswerOf(c, 201, toTenantAnswer);
    const tenant = await createTenant({ context, actor: c.var.actor, input: c.req.valid("json"), keepAnswer });
    return c.json(toTenantAnswer(tenant), 201);
  });

  app.openapi(listTenantsRoute, async (c) => {
    const { limit, cursor } = c.req.valid("query");
    const after = decodeCursor(cursor, tenantPositionSchema);
    const page = await listTenants({ context, actor: c.var.actor, input: { after, limit } });
    return c.json(toListAnswer(page, toTenantAnswer), 200);
  });

  app.openapi(getTenantRoute, async (c) => {
    const tenant = await getTenant({ context, actor: c.var.actor, tenantId: c.var.tenant.id });
    return c.json(toTenantAnswer(tenant), 200);
  });

  app.openapi(updateTenantRoute, async (c) => {
    const input = c.req.valid("json");
    const tenant = await updateTenant({ context, actor: c.var.actor, tenantId: c.var.tenant.id, input });
    return c.json(toTenantAnswer(tenant), 200);
  });

  app.openapi(deleteTenantRoute, async (c) => {
    await deleteTenant({ context, actor: c.var.actor, tenantId: c.var.tenant.id });
    return c.body(null, 204);
  });
}
