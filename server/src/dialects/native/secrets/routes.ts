/** `/v1/tenants/{t}/endpoints/{e}/secrets`: list the versions, rotate, expire. */
import { createRoute } from "@hono/zod-openapi";

import { expireSecrets } from "../../../core/secrets/expire-secrets.ts";
import { listSecrets } from "../../../core/secrets/list-secrets.ts";
import { rotateSecret } from "../../../core/secrets/rotate-secret.ts";
import type { NativeApp, NativeServices } from "../native-env.ts";
import { emptyBody, idempotencyHeaders, jsonAnswer, jsonBody, problems } from "../openapi.ts";
import { decodeCursor, toListAnswer } from "../pagination.ts";
import { requireUuid } from "../path-ids.ts";
import {
  expiredSecretsSchema,
  listSecretsQuerySchema,
  rotatedSecretSchema,
  rotateSecretSchema,
  secretPositionSchema,
  secretsPathSchema,
  secretVersionListSchema,
} from "./schemas.ts";
import { toSecretVersionAnswer } from "./translate.ts";

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

const expireSecretsRoute = createRoute({
  method: "post",
  path: "/v1/tenants/{t}/endpoints/{e}/secrets/expire",
  operationId: "expireSecrets",
  tags: ["secrets"],
  summary: "End the overlap now: every retiring version is wiped, the active one signs alone",
  request: { params: secretsPathSchema, headers: idempotencyHeaders, body: emptyBody },
  responses: {
    200: jsonAnswer(expiredSecretsSchema, "Which versions were ended"),
    ...problems(400, 401, 403, 404, 409, 413, 415, 422),
  },
});

export function registerSecretRoutes(app: NativeApp, { context }: NativeServices): void {
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
    const rotated = await rotateSecret({ context, actor, tenantId: tenant.id, endpointId, input });
    const overlapEndsAt = rotated.overlapEndsAt?.toISOString() ?? null;
    return c.json({ ...toSecretVersionAnswer(rotated.version), secret: rotated.secret, overlapEndsAt }, 200);
  });

  app.openapi(expireSecretsRoute, async (c) => {
    const { actor, tenant } = c.var;
    const endpointId = requireUuid("ep", c.req.valid("param").e);
    const { expired } = await expireSecrets({ context, actor, tenantId: tenant.id, endpointId });
    return c.json({ expired: [...expired] }, 200);
  });
}
