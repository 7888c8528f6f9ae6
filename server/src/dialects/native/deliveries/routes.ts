/** `/v1/tenants/{t}/deliveries`: list, get with attempts, resend, cancel. */
import { createRoute } from "@hono/zod-openapi";

import { cancelDelivery } from "../../../core/deliveries/cancel-delivery.ts";
import { getDelivery } from "../../../core/deliveries/get-delivery.ts";
import { listDeliveries } from "../../../core/deliveries/list-deliveries.ts";
import { resendDelivery } from "../../../core/deliveries/resend-delivery.ts";
import { keepAnswerOf } from "../../../http/keep-answer.ts";
import type { NativeApp, NativeServices } from "../native-env.ts";
import { emptyBody, idempotencyHeaders, jsonAnswer, problems } from "../openapi.ts";
import { decodeCursor, toListAnswer } from "../pagination.ts";
import { requireNumber } from "../path-ids.ts";
import { tenantPathSchema } from "../tenants/schemas.ts";
import {
  deliveryInFullSchema,
  deliveryListSchema,
  deliveryPathSchema,
  deliveryPositionSchema,
  deliverySchema,
  listDeliveriesQuerySchema,
} from "./schemas.ts";
import { toAttemptAnswer } from "./translate-attempt.ts";
import { toDeliveryAnswer } from "./translate.ts";

const listDeliveriesRoute = createRoute({
  method: "get",
  path: "/v1/tenants/{t}/deliveries",
  operationId: "listDeliveries",
  tags: ["deliveries"],
  summary: "List deliveries, newest first",
  description:
    "Filters other than endpoint and event look at up to 10,000 deliveries for each page: a page can be short, even " +
    "empty, while nextCursor says that there is more.",
  request: { params: tenantPathSchema, query: listDeliveriesQuerySchema },
  responses: { 200: jsonAnswer(deliveryListSchema, "A page of deliveries"), ...problems(400, 401, 403, 404) },
});

const getDeliveryRoute = createRoute({
  method: "get",
  path: "/v1/tenants/{t}/deliveries/{d}",
  operationId: "getDelivery",
  tags: ["deliveries"],
  summary: "Get a delivery with its attempts",
  request: { params: deliveryPathSchema },
  responses: { 200: jsonAnswer(deliveryInFullSchema, "The delivery"), ...problems(401, 403, 404) },
});

const resendDeliveryRoute = createRoute({
  method: "post",
  path: "/v1/tenants/{t}/deliveries/{d}/resend",
  operationId: "resendDelivery",
  tags: ["deliveries"],
  summary: "Begin a new run now: of a delivery that has ended, or of one that waits",
  request: { params: deliveryPathSchema, headers: idempotencyHeaders, body: emptyBody },
  responses: {
    200: jsonAnswer(deliverySchema, "The delivery in its new run"),
    ...problems(400, 401, 403, 404, 409, 410, 413, 415, 422),
  },
});

const cancelDeliveryRoute = createRoute({
  method: "post",
  path: "/v1/tenants/{t}/deliveries/{d}/cancel",
  operationId: "cancelDelivery",
  tags: ["deliveries"],
  summary: "Cancel a delivery that waits",
  request: { params: deliveryPathSchema, headers: idempotencyHeaders, body: emptyBody },
  responses: {
    200: jsonAnswer(deliverySchema, "The cancelled delivery"),
    ...problems(400, 401, 403, 404, 409, 413, 415, 422),
  },
});

export function registerDeliveryRoutes(app: NativeApp, { context }: NativeServices): void {
  app.openapi(listDeliveriesRoute, async (c) => {
    const { actor, tenant } = c.var;
    const { cursor, code, source, ...filters } = c.req.valid("query");
    const after = decodeCursor(cursor, deliveryPositionSchema);
    const sources = source === undefined ? undefined : [source];
    const input = { ...filters, sources, status: code, after };
    const page = await listDeliveries({ context, actor, tenantId: tenant.id, input });
    return c.json(toListAnswer(page, toDeliveryAnswer), 200);
  });

  app.openapi(getDeliveryRoute, async (c) => {
    const { actor, tenant } = c.var;
    const deliveryId = requireNumber("dlv", c.req.valid("param").d);
    const { delivery, attempts } = await getDelivery({ context, actor, tenantId: tenant.id, deliveryId });
    return c.json({ ...toDeliveryAnswer(delivery), attempts: attempts.map(toAttemptAnswer) }, 200);
  });

  app.openapi(resendDeliveryRoute, async (c) => {
    const { actor, tenant } = c.var;
    const deliveryId = requireNumber("dlv", c.req.valid("param").d);
    const keepAnswer = keepAnswerOf(c, 200, toDeliveryAnswer);
    const delivery = await resendDelivery({ context, actor, tenantId: tenant.id, deliveryId, keepAnswer });
    return c.json(toDeliveryAnswer(delivery), 200);
  });

  app.openapi(cancelDeliveryRoute, async (c) => {
    const { actor, tenant } = c.var;
    const deliveryId = requireNumber("dlv", c.req.valid("param").d);
    const delivery = await cancelDelivery({ context, actor, tenantId: tenant.id, deliveryId });
    return c.json(toDeliveryAnswer(delivery), 200);
  });
}
