/** `/v1/tenants/{t}/recoveries`: preview, start, list, get, pause, resume, cancel. */
import { createRoute } from "@hono/zod-openapi";

import { getRecovery } from "../../../core/recoveries/get-recovery.ts";
import { listRecoveries } from "../../../core/recoveries/list-recoveries.ts";
import { moveRecovery } from "../../../core/recoveries/move-recovery.ts";
import { previewRecovery } from "../../../core/recoveries/preview-recovery.ts";
import { RECOVERY_ACTS, type RecoveryAct } from "../../../core/recoveries/recovery-state.ts";
import { startRecovery } from "../../../core/recoveries/start-recovery.ts";
import { keepAnswerOf } from "../../../http/keep-answer.ts";
import type { NativeApp, NativeServices } from "../native-env.ts";
import { emptyBody, idempotencyHeaders, jsonAnswer, jsonBody, problems } from "../openapi.ts";
import { decodeCursor, toListAnswer } from "../pagination.ts";
import { requireUuid } from "../path-ids.ts";
import { tenantPathSchema } from "../tenants/schemas.ts";
import {
  listRecoveriesQuerySchema,
  previewRecoverySchema,
  recoveryListSchema,
  recoveryPathSchema,
  recoveryPositionSchema,
  recoveryPreviewSchema,
  recoverySchema,
  startRecoverySchema,
} from "./schemas.ts";
import { toRecoveryAnswer, toRecoveryPreviewAnswer } from "./translate.ts";

const previewRecoveryRoute = createRoute({
  method: "post",
  path: "/v1/tenants/{t}/recoveries/preview",
  operationId: "previewRecovery",
  tags: ["recoveries"],
  summary: "Count what a recovery would resend now; changes nothing",
  request: { params: tenantPathSchema, headers: idempotencyHeaders, body: jsonBody(previewRecoverySchema) },
  responses: {
    200: jsonAnswer(recoveryPreviewSchema, "What would be resent, and what would be left out"),
    ...problems(400, 401, 403, 404, 409, 413, 415, 422),
  },
});

const startRecoveryRoute = createRoute({
  method: "post",
  path: "/v1/tenants/{t}/recoveries",
  operationId: "startRecovery",
  tags: ["recoveries"],
  summary: "Resend what has ended without success, at a rate",
  request: { params: tenantPathSchema, headers: idempotencyHeaders, body: jsonBody(startRecoverySchema) },
  responses: {
    201: jsonAnswer(recoverySchema, "The recovery, which runs by itself from now on"),
    ...problems(400, 401, 403, 404, 409, 413, 415, 422),
  },
});

const listRecoveriesRoute = createRoute({
  method: "get",
  path: "/v1/tenants/{t}/recoveries",
  operationId: "listRecoveries",
  tags: ["recoveries"],
  summary: "List recoveries, newest first",
  request: { params: tenantPathSchema, query: listRecoveriesQuerySchema },
  responses: { 200: jsonAnswer(recoveryListSchema, "A page of recoveries"), ...problems(400, 401, 403, 404) },
});

const getRecoveryRoute = createRoute({
  method: "get",
  path: "/v1/tenants/{t}/recoveries/{r}",
  operationId: "getRecovery",
  tags: ["recoveries"],
  summary: "Get a recovery with how far it is",
  request: { params: recoveryPathSchema },
  responses: { 200: jsonAnswer(recoverySchema, "The recovery"), ...problems(401, 403, 404) },
});

const SUMMARIES: Readonly<Record<RecoveryAct, string>> = {
  pause: "Pause: nothing more is resent until it is resumed",
  resume: "Resume a paused recovery where it was",
  cancel: "Cancel: nothing more is resent; what was resent goes on",
};

export function registerRecoveryRoutes(app: NativeApp, { context }: NativeServices): void {
  app.openapi(previewRecoveryRoute, async (c) => {
    const { actor, tenant } = c.var;
    const preview = await previewRecovery({ context, actor, tenantId: tenant.id, filter: c.req.valid("json") });
    return c.json(toRecoveryPreviewAnswer(preview), 200);
  });

  app.openapi(startRecoveryRoute, async (c) => {
    const { actor, tenant } = c.var;
    const { ratePerSecond, order, ...filter } = c.req.valid("json");
    const input = { filter, ratePerSecond, order };
    const keepAnswer = keepAnswerOf(c, 201, toRecoveryAnswer);
    const recovery = await startRecovery({ context, actor, tenantId: tenant.id, input, keepAnswer });
    return c.json(toRecoveryAnswer(recovery), 201);
  });

  app.openapi(listRecoveriesRoute, async (c) => {
    const { actor, tenant } = c.var;
    const { cursor, limit } = c.req.valid("query");
    const input = { after: decodeCursor(cursor, recoveryPositionSchema), limit };
    const page = await listRecoveries({ context, actor, tenantId: tenant.id, input });
    return c.json(toListAnswer(page, toRecoveryAnswer), 200);
  });

  app.openapi(getRecoveryRoute, async (c) => {
    const { actor, tenant } = c.var;
    const recoveryId = requireUuid("rec", c.req.valid("param").r);
    return c.json(toRecoveryAnswer(await getRecovery({ context, actor, tenantId: tenant.id, recoveryId })), 200);
  });

  for (const act of RECOVERY_ACTS) {
    app.openapi(actRoute(act), async (c) => {
      const { actor, tenant } = c.var;
      const recoveryId = requireUuid("rec", c.req.valid("param").r);
      return c.json(
        toRecoveryAnswer(await moveRecovery({ context, actor, tenantId: tenant.id, recoveryId, act })),
        200,
      );
    });
  }
}

function actRoute(act: RecoveryAct) {
  return createRoute({
    method: "post",
    path: `/v1/tenants/{t}/recoveries/{r}/${act}`,
    operationId: `${act}Recovery`,
    tags: ["recoveries"],
    summary: SUMMARIES[act],
    request: { params: recoveryPathSchema, headers: idempotencyHeaders, body: emptyBody },
    responses: {
      200: jsonAnswer(recoverySchema, "The recovery as it is now"),
      ...problems(400, 401, 403, 404, 409, 413, 415, 422),
    },
  });
}
