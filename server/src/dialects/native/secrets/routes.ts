/** `/v1/tenants/{t}/endpoints/{e}/secrets`: list the versions, and the acts whose answer shows a new secret. */
import { createRoute } from "@hono/zod-openapi";

import { listSecrets } from "../../../core/secrets/list-secrets.ts";
import { rotateSecret } from "../../../core/secrets/rotate-secret.ts";
import { stageSecret } from "../../../core/secrets/stage-secret.ts";
import { keepAnswerOf } from "../../../http/keep-answer.ts";
import type { NativeApp, NativeServices } from "../native-env.ts";
import { idempotencyHeaders, jsonAnswer, jsonBody, problems } from "../openapi.ts";
import { decodeCursor, toListAnswer } from "../pagination.ts";
import { requireUuid } from "../path-ids.ts";
import { registerSecretActRoutes } from "./act-routes.ts";
import { registerProbeRoutes } from "./probe-routes.ts";
import { registerRevealRoute } from "./reveal-route.ts";
import {
  listSecretsQuerySchema,
  rotatedSecretSchema,
  rotateSecretSchema,
  secretPositionSchema,
  secretsPathSchema,
  secretVersionListSchema,
  stagedSecretSchema,
  stageSecretSchema,
} from "./schemas.ts";
import { toRotatedSecretAnswer, toSecretVersionAnswer, toStagedSecretAnswer } from "./translate.ts";

const listSecretsRoute = createRoute({
  method: "get",
  path: "/v1/tenants/{t}/endpoints/{e}/secrets",
  operationId: "listSecrets",
  tags: ["secrets"],
  summary: "List an endpoint's secret versions, newest first; never their values",
  request: { params: secretsPathSchema, query: listSecretsQuerySchema },
  responses: { 200: jsonAnswer(secretVersionListSchema, "A page of versions"), ...problems(400, 401, 403, 404) },
});

const rotateSecretRoute = createRoute({
  method: "post",
  path: "/v1/tenants/{t}/endpoints/{e}/secrets/rotate",
  operationId: "rotateSecret",
  tags: ["secrets"],
  summary: "Make another secret active; the one before signs beside it until the overlap ends",
  request: { params: secretsPathSchema, headers: idempotencyHeaders, body: jsonBody(rotateSecretSchema) },
  responses: {
    200: jsonAnswer(rotatedSecretSchema, "The new version with its secret"),
    ...problems(400, 401, 403, 404, 409, 413, 415, 422),
  },
});

const stageSecretRoute = createRoute({
  method: "post",
  path: "/v1/tenants/{t}/endpoints/{e}/secrets/stage",
  operationId: "stageSecret",
  tags: ["secrets"],
  summary: "Make a secret beforehand; nothing is signed with it until it is activated",
  request: { params: secretsPathSchema, headers: idempotencyHeaders, body: jsonBody(stageSecretSchema) },
  responses: {
    200: jsonAnswer(stagedSecretSchema, "The staged version with its secret"),
    ...problems(400, 401, 403, 404, 409, 413, 415, 422),
  },
});

export function registerSecretRoutes(app: NativeApp, services: NativeServices): void {
  const { context } = services;
  registerSecretActRoutes(app, services);
  registerProbeRoutes(app, services);
  registerRevealRoute(app, services);

  app.openapi(listSecretsRoute, async (c) => {
    const { actor, tenant } = c.var;
    const endpointId = requireUuid("ep", c.req.valid("param").e);
    const { limit, cursor } = c.req.valid("query");
    const after = decodeCursor(cursor, secretPositionSchema);
    const page = await listSecrets({ context, actor, tenantId: tenant.id, endpointId, input: { after, limit } });
    return c.json(toListAnswer(page, toSecretVersionAnswer), 200);
  });

  app.openapi(rotateSecretRoute, async (c) => {
    const { actor, tenant } = c.var;
    const endpointId = requireUuid("ep", c.req.valid("param").e);
    const input = c.req.valid("json");
    const keepAnswer = keepAnswerOf(c, 200, toRotatedSecretAnswer);
    const rotated = await rotateSecret({ context, actor, tenantId: tenant.id, endpointId, input, keepAnswer });
    return c.json(toRotatedSecretAnswer(rotated), 200);
  });

  app.openapi(stageSecretRoute, async (c) => {
    const { actor, tenant } = c.var;
    const endpointId = requireUuid("ep", c.req.valid("param").e);
    const input = c.req.valid("json");
    const keepAnswer = keepAnswerOf(c, 200, toStagedSecretAnswer);
    const staged = await stageSecret({ context, actor, tenantId: tenant.id, endpointId, input, keepAnswer });
    return c.json(toStagedSecretAnswer(staged), 200);
  });
}
