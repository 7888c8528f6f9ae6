/**
 * `POST …/secrets/reveal`. It takes no Idempotency-Key: an answer that was kept would show the secret again without
 * asking who wants it.
 */
import { createRoute } from "@hono/zod-openapi";

import { revealSecret } from "../../../core/secrets/reveal-secret.ts";
import type { NativeApp, NativeServices } from "../native-env.ts";
import { jsonAnswer, jsonBody, problems } from "../openapi.ts";
import { requireUuid } from "../path-ids.ts";
import { revealedSecretSchema, revealSecretSchema, secretsPathSchema } from "./schemas.ts";
import { toRevealedSecretAnswer } from "./translate.ts";

const revealSecretRoute = createRoute({
  method: "post",
  path: "/v1/tenants/{t}/endpoints/{e}/secrets/reveal",
  operationId: "revealSecret",
  tags: ["secrets"],
  summary: "Show a secret: needs the scope secrets:reveal, and of a user the password or a login just now",
  request: { params: secretsPathSchema, body: jsonBody(revealSecretSchema) },
  responses: {
    200: jsonAnswer(revealedSecretSchema, "The version with its secret"),
    ...problems(400, 401, 403, 404, 409, 413, 415, 429),
  },
});

const REVEAL_PATH = /\/secrets\/reveal$/;

export function isRevealPath(path: string): boolean {
  return REVEAL_PATH.test(path);
}

export function registerRevealRoute(app: NativeApp, { context }: NativeServices): void {
  app.openapi(revealSecretRoute, async (c) => {
    const { actor, tenant } = c.var;
    const endpointId = requireUuid("ep", c.req.valid("param").e);
    const input = c.req.valid("json");
    const revealed = await revealSecret({ context, actor, tenantId: tenant.id, endpointId, input });
    return c.json(toRevealedSecretAnswer(revealed), 200);
  });
}
