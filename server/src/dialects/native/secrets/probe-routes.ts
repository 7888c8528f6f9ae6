/** The acts that ask a real receiver: rehearse a rotation, cut over to the staged secret, check how it verifies. */
import { createRoute } from "@hono/zod-openapi";

import { checkReceiver } from "../../../core/receiver-checks/check-receiver.ts";
import { cutOverSecret } from "../../../core/rehearsals/cut-over-secret.ts";
import { rehearseRotation } from "../../../core/rehearsals/rehearse-rotation.ts";
import type { NativeApp, NativeServices } from "../native-env.ts";
import { idempotencyHeaders, jsonAnswer, jsonBody, problems } from "../openapi.ts";
import { requireUuid } from "../path-ids.ts";
import {
  checkReceiverSchema,
  cutOverSchema,
  cutOverSecretSchema,
  receiverCheckSchema,
  rehearsalSchema,
} from "./probe-schemas.ts";
import { reasonSchema, secretsPathSchema } from "./schemas.ts";
import { toCutOverAnswer, toReceiverCheckAnswer, toRehearsalAnswer } from "./translate-probes.ts";

const rehearseRotationRoute = createRoute({
  method: "post",
  path: "/v1/tenants/{t}/endpoints/{e}/secrets/rehearse",
  operationId: "rehearseRotation",
  tags: ["secrets"],
  summary: "Ask the receiver whether it takes the new secret, alone and beside the old one in both orders",
  request: { params: secretsPathSchema, headers: idempotencyHeaders, body: jsonBody(reasonSchema) },
  responses: {
    200: jsonAnswer(rehearsalSchema, "The verdict with its evidence, whatever it is"),
    ...problems(400, 401, 403, 404, 409, 413, 415, 422, 503),
  },
});

const cutOverSecretRoute = createRoute({
  method: "post",
  path: "/v1/tenants/{t}/endpoints/{e}/secrets/cut-over",
  operationId: "cutOverSecret",
  tags: ["secrets"],
  summary: "Let the staged secret sign alone from the moment the receiver takes it; never two signatures",
  request: { params: secretsPathSchema, headers: idempotencyHeaders, body: jsonBody(cutOverSecretSchema) },
  responses: {
    200: jsonAnswer(cutOverSchema, "Whether it was changed, and what the receiver was asked last"),
    ...problems(400, 401, 403, 404, 409, 413, 415, 422, 503),
  },
});

const checkReceiverRoute = createRoute({
  method: "post",
  path: "/v1/tenants/{t}/endpoints/{e}/secrets/check",
  operationId: "checkReceiver",
  tags: ["secrets"],
  summary: "Send a valid request and forged ones, and say of each what the answer shows; once a minute at most",
  request: { params: secretsPathSchema, headers: idempotencyHeaders, body: jsonBody(checkReceiverSchema) },
  responses: {
    200: jsonAnswer(receiverCheckSchema, "A verdict for each request"),
    ...problems(400, 401, 403, 404, 409, 413, 415, 422, 429, 503),
  },
});

export function registerProbeRoutes(app: NativeApp, { context }: NativeServices): void {
  app.openapi(rehearseRotationRoute, async (c) => {
    const { actor, tenant } = c.var;
    const endpointId = requireUuid("ep", c.req.valid("param").e);
    const input = c.req.valid("json");
    return c.json(
      toRehearsalAnswer(await rehearseRotation({ context, actor, tenantId: tenant.id, endpointId, input })),
      200,
    );
  });

  app.openapi(cutOverSecretRoute, async (c) => {
    const { actor, tenant } = c.var;
    const endpointId = requireUuid("ep", c.req.valid("param").e);
    const input = c.req.valid("json");
    return c.json(
      toCutOverAnswer(await cutOverSecret({ context, actor, tenantId: tenant.id, endpointId, input })),
      200,
    );
  });

  app.openapi(checkReceiverRoute, async (c) => {
    const { actor, tenant } = c.var;
    const endpointId = requireUuid("ep", c.req.valid("param").e);
    const input = c.req.valid("json");
    return c.json(
      toReceiverCheckAnswer(await checkReceiver({ context, actor, tenantId: tenant.id, endpointId, input })),
      200,
    );
  });
}
