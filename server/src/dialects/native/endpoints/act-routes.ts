/** The acts on one endpoint: pause, resume, disable, enable and test. */
import { createRoute } from "@hono/zod-openapi";

import { disableEndpoint } from "../../../core/endpoints/disable-endpoint.ts";
import { pauseEndpoint } from "../../../core/endpoints/pause-endpoint.ts";
import { resumeEndpoint } from "../../../core/endpoints/resume-endpoint.ts";
import { testEndpoint } from "../../../core/endpoints/test-endpoint.ts";
import { attemptSchema } from "../deliveries/attempt-schema.ts";
import { toAttemptAnswer } from "../deliveries/translate-attempt.ts";
import type { NativeApp, NativeServices } from "../native-env.ts";
import { emptyBody, idempotencyHeaders, jsonAnswer, problems } from "../openapi.ts";
import { requireUuid } from "../path-ids.ts";
import { endpointPathSchema, endpointSchema } from "./schemas.ts";
import { toEndpointAnswer } from "./translate.ts";

/** Each act on an endpoint's status with its verb. Enabling is resuming: both make it active from whatever it was. */
const STATUS_ACTS = [
  { act: "pause", verb: pauseEndpoint, summary: "Pause: deliveries are made and wait" },
  { act: "resume", verb: resumeEndpoint, summary: "Resume, paused or disabled: what waits goes out now" },
  { act: "disable", verb: disableEndpoint, summary: "Disable: no deliveries are made, those that wait are cancelled" },
  { act: "enable", verb: resumeEndpoint, summary: "Enable: the same as resume" },
] as const;

const testEndpointRoute = createRoute({
  method: "post",
  path: "/v1/tenants/{t}/endpoints/{e}/test",
  operationId: "testEndpoint",
  tags: ["endpoints"],
  summary: "Send a webhook.test now and answer with the attempt, whatever came of it; also while paused",
  request: { params: endpointPathSchema, headers: idempotencyHeaders, body: emptyBody },
  responses: {
    200: jsonAnswer(attemptSchema, "The recorded attempt"),
    ...problems(400, 401, 403, 404, 409, 413, 415, 422, 503),
  },
});

export function registerEndpointActRoutes(app: NativeApp, { context }: NativeServices): void {
  for (const { act, verb, summary } of STATUS_ACTS) {
    app.openapi(statusRoute(act, summary), async (c) => {
      const { actor, tenant } = c.var;
      const endpointId = requireUuid("ep", c.req.valid("param").e);
      return c.json(toEndpointAnswer(await verb({ context, actor, tenantId: tenant.id, endpointId })), 200);
    });
  }

  app.openapi(testEndpointRoute, async (c) => {
    const { actor, tenant } = c.var;
    const endpointId = requireUuid("ep", c.req.valid("param").e);
    const attempt = await testEndpoint({ context, actor, tenantId: tenant.id, endpointId });
    return c.json(toAttemptAnswer(attempt), 200);
  });
}

function statusRoute(act: (typeof STATUS_ACTS)[number]["act"], summary: string) {
  return createRoute({
    method: "post",
    path: `/v1/tenants/{t}/endpoints/{e}/${act}`,
    operationId: `${act}Endpoint`,
    tags: ["endpoints"],
    summary,
    request: { params: endpointPathSchema, headers: idempotencyHeaders, body: emptyBody },
    responses: {
      200: jsonAnswer(endpointSchema, "The endpoint as it is now"),
      ...problems(400, 401, 403, 404, 409, 413, 415, 422),
    },
  });
}
