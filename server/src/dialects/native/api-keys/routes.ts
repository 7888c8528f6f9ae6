/** `/v1/tenants/{t}/api-keys`: create, list, update, revoke. */
import { createRoute } from "@hono/zod-openapi";

import { createApiKey } from "../../../core/api-keys/create-api-key.ts";
import { listApiKeys } from "../../../core/api-keys/list-api-keys.ts";
import { revokeApiKey } from "../../../core/api-keys/revoke-api-key.ts";
import { updateApiKey } from "../../../core/api-keys/update-api-key.ts";
import { keepAnswerOf } from "../../../http/keep-answer.ts";
import type { NativeApp, NativeServices } from "../native-env.ts";
import { idempotencyHeaders, jsonAnswer, jsonBody, problems } from "../openapi.ts";
import { decodeCursor, toListAnswer } from "../pagination.ts";
import { requireUuid } from "../path-ids.ts";
import { tenantPathSchema } from "../tenants/schemas.ts";
import {
  apiKeyListSchema,
  apiKeyPathSchema,
  apiKeyPositionSchema,
  apiKeySchema,
  createApiKeySchema,
  createdApiKeySchema,
  listApiKeysQuerySchema,
  updateApiKeySchema,
} from "./schemas.ts";
import { fromExpiresAt, toApiKeyAnswer, toCreatedApiKeyAnswer } from "./translate.ts";

const createApiKeyRoute = createRoute({
  method: "post",
  path: "/v1/tenants/{t}/api-keys",
  operationId: "createApiKey",
  tags: ["api-keys"],
  summary: "Create an API key; its token is shown in this answer only",
  request: { params: tenantPathSchema, headers: idempotencyHeaders, body: jsonBody(createApiKeySchema) },
  responses: {
    201: jsonAnswer(createdApiKeySchema, "The new key with its token"),
    ...problems(400, 401, 403, 404, 409, 413, 415, 422),
  },
});

const listApiKeysRoute = createRoute({
  method: "get",
  path: "/v1/tenants/{t}/api-keys",
  operationId: "listApiKeys",
  tags: ["api-keys"],
  summary: "List API keys that are not revoked, newest first",
  request: { params: tenantPathSchema, query: listApiKeysQuerySchema },
  responses: { 200: jsonAnswer(apiKeyListSchema, "A page of API keys"), ...problems(400, 401, 403, 404) },
});

const updateApiKeyRoute = createRoute({
  method: "patch",
  path: "/v1/tenants/{t}/api-keys/{k}",
  operationId: "updateApiKey",
  tags: ["api-keys"],
  summary: "Change an API key's name, scopes or end",
  request: { params: apiKeyPathSchema, body: jsonBody(updateApiKeySchema) },
  responses: {
    200: jsonAnswer(apiKeySchema, "The key as it is now"),
    ...problems(400, 401, 403, 404, 413, 415),
  },
});

const revokeApiKeyRoute = createRoute({
  method: "delete",
  path: "/v1/tenants/{t}/api-keys/{k}",
  operationId: "revokeApiKey",
  tags: ["api-keys"],
  summary: "Revoke an API key: it is refused from the next request on",
  request: { params: apiKeyPathSchema },
  responses: { 204: { description: "The key is revoked" }, ...problems(401, 403, 404) },
});

export function registerApiKeyRoutes(app: NativeApp, { context }: NativeServices): void {
  app.openapi(createApiKeyRoute, async (c) => {
    const { expiresAt, ...body } = c.req.valid("json");
    const created = await createApiKey({
      context,
      actor: c.var.actor,
      tenantId: c.var.tenant.id,
      input: { ...body, expiresAt: fromExpiresAt(expiresAt) },
      keepAnswer: keepAnswerOf(c, 201, toCreatedApiKeyAnswer),
    });
    return c.json(toCreatedApiKeyAnswer(created), 201);
  });

  app.openapi(listApiKeysRoute, async (c) => {
    const { limit, cursor } = c.req.valid("query");
    const after = decodeCursor(cursor, apiKeyPositionSchema);
    const { actor, tenant } = c.var;
    const page = await listApiKeys({ context, actor, tenantId: tenant.id, input: { after, limit } });
    return c.json(toListAnswer(page, toApiKeyAnswer), 200);
  });

  app.openapi(updateApiKeyRoute, async (c) => {
    const { expiresAt, ...body } = c.req.valid("json");
    const key = await updateApiKey({
      context,
      actor: c.var.actor,
      tenantId: c.var.tenant.id,
      keyId: requireUuid("key", c.req.valid("param").k),
      input: { ...body, expiresAt: fromExpiresAt(expiresAt) },
    });
    return c.json(toApiKeyAnswer(key), 200);
  });

  app.openapi(revokeApiKeyRoute, async (c) => {
    const keyId = requireUuid("key", c.req.valid("param").k);
    await revokeApiKey({ context, actor: c.var.actor, tenantId: c.var.tenant.id, keyId });
    return c.body(null, 204);
  });
}
