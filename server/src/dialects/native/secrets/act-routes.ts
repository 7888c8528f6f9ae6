/** What is done with versions that are there: activate, drop a staged one, cancel, move an overlap's end, expire. */
import { createRoute, type z } from "@hono/zod-openapi";

import { activateSecret } from "../../../core/secrets/activate-secret.ts";
import { cancelRotation } from "../../../core/secrets/cancel-rotation.ts";
import { expireSecrets } from "../../../core/secrets/expire-secrets.ts";
import { moveOverlapEnd } from "../../../core/secrets/move-overlap-end.ts";
import { unstageSecret } from "../../../core/secrets/unstage-secret.ts";
import type { NativeApp, NativeServices } from "../native-env.ts";
import { idempotencyHeaders, jsonAnswer, jsonBody, problems } from "../openapi.ts";
import { requireUuid } from "../path-ids.ts";
import {
  activatedSecretSchema,
  activateSecretSchema,
  expiredSecretsSchema,
  moveOverlapEndSchema,
  reasonSchema,
  secretsPathSchema,
  secretVersionSchema,
} from "./schemas.ts";
import { toActivatedSecretAnswer, toSecretVersionAnswer } from "./translate.ts";

const activateSecretRoute = actRoute({
  act: "activate",
  operationId: "activateSecret",
  summary: "Let the staged secret take over; the one before signs beside it until the overlap ends",
  body: activateSecretSchema,
  answer: jsonAnswer(activatedSecretSchema, "The version that is active now"),
});

const unstageSecretRoute = actRoute({
  act: "unstage",
  operationId: "unstageSecret",
  summary: "Drop the staged secret",
  body: reasonSchema,
  answer: jsonAnswer(expiredSecretsSchema, "Which version was dropped"),
});

const cancelRotationRoute = actRoute({
  act: "cancel",
  operationId: "cancelRotation",
  summary: "Take the rotation back while the old secret still signs: it is active again, the new one ends now",
  body: reasonSchema,
  answer: jsonAnswer(secretVersionSchema, "The version that is active again"),
});

const extendOverlapRoute = actRoute({
  act: "extend",
  operationId: "extendOverlap",
  summary: "Let a retiring secret sign for longer",
  body: moveOverlapEndSchema,
  answer: jsonAnswer(secretVersionSchema, "The retiring version with its new end"),
});

const shortenOverlapRoute = actRoute({
  act: "shorten",
  operationId: "shortenOverlap",
  summary: "Let a retiring secret end earlier",
  body: moveOverlapEndSchema,
  answer: jsonAnswer(secretVersionSchema, "The retiring version with its new end"),
});

const expireSecretsRoute = actRoute({
  act: "expire",
  operationId: "expireSecrets",
  summary: "End the overlap now: every retiring version is wiped, the active one signs alone",
  body: reasonSchema,
  answer: jsonAnswer(expiredSecretsSchema, "Which versions were ended"),
});

export function registerSecretActRoutes(app: NativeApp, { context }: NativeServices): void {
  app.openapi(activateSecretRoute, async (c) => {
    const { actor, tenant } = c.var;
    const endpointId = requireUuid("ep", c.req.valid("param").e);
    const input = c.req.valid("json");
    const activated = await activateSecret({ context, actor, tenantId: tenant.id, endpointId, input });
    return c.json(toActivatedSecretAnswer(activated), 200);
  });

  app.openapi(unstageSecretRoute, async (c) => {
    const { actor, tenant } = c.var;
    const endpointId = requireUuid("ep", c.req.valid("param").e);
    const input = c.req.valid("json");
    const { expired } = await unstageSecret({ context, actor, tenantId: tenant.id, endpointId, input });
    return c.json({ expired: [...expired] }, 200);
  });

  app.openapi(cancelRotationRoute, async (c) => {
    const { actor, tenant } = c.var;
    const endpointId = requireUuid("ep", c.req.valid("param").e);
    const input = c.req.valid("json");
    const version = await cancelRotation({ context, actor, tenantId: tenant.id, endpointId, input });
    return c.json(toSecretVersionAnswer(version), 200);
  });

  app.openapi(extendOverlapRoute, async (c) => {
    const { actor, tenant } = c.var;
    const endpointId = requireUuid("ep", c.req.valid("param").e);
    const act = { context, actor, tenantId: tenant.id, endpointId, input: c.req.valid("json") };
    return c.json(toSecretVersionAnswer(await moveOverlapEnd({ ...act, direction: "extend" })), 200);
  });

  app.openapi(shortenOverlapRoute, async (c) => {
    const { actor, tenant } = c.var;
    const endpointId = requireUuid("ep", c.req.valid("param").e);
    const act = { context, actor, tenantId: tenant.id, endpointId, input: c.req.valid("json") };
    return c.json(toSecretVersionAnswer(await moveOverlapEnd({ ...act, direction: "shorten" })), 200);
  });

  app.openapi(expireSecretsRoute, async (c) => {
    const { actor, tenant } = c.var;
    const endpointId = requireUuid("ep", c.req.valid("param").e);
    const input = c.req.valid("json");
    const { expired } = await expireSecrets({ context, actor, tenantId: tenant.id, endpointId, input });
    return c.json({ expired: [...expired] }, 200);
  });
}

function actRoute<const Act extends string, Body extends z.ZodType, Answer extends ReturnType<typeof jsonAnswer>>(of: {
  readonly act: Act;
  readonly operationId: string;
  readonly summary: string;
  readonly body: Body;
  readonly answer: Answer;
}) {
  return createRoute({
    method: "post",
    path: `/v1/tenants/{t}/endpoints/{e}/secrets/${of.act}`,
    operationId: of.operationId,
    tags: ["secrets"],
    summary: of.summary,
    request: { params: secretsPathSchema, headers: idempotencyHeaders, body: jsonBody(of.body) },
    responses: { 200: of.answer, ...problems(400, 401, 403, 404, 409, 413, 415, 422) },
  });
}
