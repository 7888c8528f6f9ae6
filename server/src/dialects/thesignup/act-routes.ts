/** The acts on an endpoint of the contract: another secret, a test; and its deliveries, listed and sent again. */
import { listNewestDeliveries } from "../../core/deliveries/list-newest-deliveries.ts";
import { deliveryNotFound } from "../../core/deliveries/delivery-not-found.ts";
import { resendDelivery } from "../../core/deliveries/resend-delivery.ts";
import { getEndpointStanding } from "../../core/endpoints/get-endpoint-standing.ts";
import { testEndpoint } from "../../core/endpoints/test-endpoint.ts";
import { fromNumberUuid } from "../../core/ids/number-uuid.ts";
import { requireHmacSecret } from "../../core/secrets/require-hmac-secret.ts";
import { rotateSecret } from "../../core/secrets/rotate-secret.ts";
import { keepAnswerOf } from "../../http/keep-answer.ts";
import { routeOf } from "./operations.ts";
import { check, pathId } from "./read-input.ts";
import { foreignSecret } from "./refusals.ts";
import { listDeliveriesSchema } from "./schemas.ts";
import type { ThesignupApp, ThesignupServices } from "./thesignup-env.ts";
import { SHOWN_SOURCES, toDeliveryAnswer, toEndpointAnswer, toTestAnswer } from "./translate.ts";

export function registerActRoutes(app: ThesignupApp, { context }: ThesignupServices): void {
  app.post(routeOf("rotateSecret"), async (c) => {
    const { actor, tenant } = c.var;
    const one = { context, actor, tenantId: tenant.id, endpointId: pathId(c) };
    // A rotation changes nothing of what an endpoint shows.
    const standing = await getEndpointStanding(one);
    const { profile } = standing.endpoint;
    if (profile !== "thesignup") throw foreignSecret(profile);
    const toAnswer = ({ secret }: { readonly secret: string | null }) => ({
      endpoint: toEndpointAnswer(standing),
      signingSecret: requireHmacSecret(secret),
    });
    const keepAnswer = keepAnswerOf(c, 200, toAnswer);
    return c.json(toAnswer(await rotateSecret({ ...one, input: { onConflict: "keep_old" }, keepAnswer })), 200);
  });

  app.post(routeOf("testEndpoint"), async (c) => {
    const { actor, tenant } = c.var;
    const attempt = await testEndpoint({ context, actor, tenantId: tenant.id, endpointId: pathId(c) });
    return c.json(toTestAnswer(attempt), 200);
  });

  app.get(routeOf("listDeliveries"), async (c) => {
    const { actor, tenant } = c.var;
    const { limit } = check(listDeliveriesSchema, c.req.query());
    const input = { sources: SHOWN_SOURCES, limit };
    const of = { context, actor, tenantId: tenant.id, endpointId: pathId(c) };
    return c.json({ data: (await listNewestDeliveries({ ...of, input })).map(toDeliveryAnswer) }, 200);
  });

  app.post(routeOf("replayDelivery"), async (c) => {
    const { actor, tenant } = c.var;
    const id = pathId(c);
    const deliveryId = fromNumberUuid(id);
    if (deliveryId === null) throw deliveryNotFound();
    const toAnswer = () => ({ id, status: "pending" });
    const keepAnswer = keepAnswerOf(c, 200, toAnswer);
    await resendDelivery({ context, actor, tenantId: tenant.id, deliveryId, onlyFailed: true, keepAnswer });
    return c.json(toAnswer(), 200);
  });
}
