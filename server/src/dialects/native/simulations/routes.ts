/** `…/simulations` and `…/endpoints/{e}/forecast`: what an outage would do, and how long a drain will take. */
import { createRoute } from "@hono/zod-openapi";

import { forecastDrain } from "../../../core/simulations/forecast-drain.ts";
import { simulateOutage } from "../../../core/simulations/simulate-outage.ts";
import { endpointPathSchema } from "../endpoints/schemas.ts";
import type { NativeApp, NativeServices } from "../native-env.ts";
import { idempotencyHeaders, jsonAnswer, jsonBody, problems } from "../openapi.ts";
import { requireUuid } from "../path-ids.ts";
import { tenantPathSchema } from "../tenants/schemas.ts";
import { drainForecastSchema, forecastQuerySchema, simulateOutageSchema, simulationSchema } from "./schemas.ts";
import { toDrainForecastAnswer, toSimulationAnswer } from "./translate.ts";

const simulateOutageRoute = createRoute({
  method: "post",
  path: "/v1/tenants/{t}/simulations",
  operationId: "simulateOutage",
  tags: ["deliveries"],
  summary: "Compute what an outage does: the tries, what is given up, what waits, and how long the drain takes",
  description:
    "Computed by the rules that deliveries really go by. Sends and stores nothing. With endpointId it also needs the " +
    "scope endpoints:read.",
  request: { params: tenantPathSchema, headers: idempotencyHeaders, body: jsonBody(simulateOutageSchema) },
  responses: {
    200: jsonAnswer(simulationSchema, "What the outage does"),
    ...problems(400, 401, 403, 404, 409, 413, 415, 422),
  },
});

const forecastDrainRoute = createRoute({
  method: "get",
  path: "/v1/tenants/{t}/endpoints/{e}/forecast",
  operationId: "forecastDrain",
  tags: ["deliveries"],
  summary:
    "Compute from what waits now how long the drain takes once the receiver is back, and what is given up before",
  description: "Needs the scopes deliveries:read and endpoints:read. Reads up to 100,000 waiting deliveries.",
  request: { params: endpointPathSchema, query: forecastQuerySchema },
  responses: { 200: jsonAnswer(drainForecastSchema, "The forecast"), ...problems(400, 401, 403, 404, 409) },
});

export function registerSimulationRoutes(app: NativeApp, { context }: NativeServices): void {
  app.openapi(simulateOutageRoute, async (c) => {
    const { actor, tenant } = c.var;
    const input = c.req.valid("json");
    return c.json(toSimulationAnswer(await simulateOutage({ context, actor, tenantId: tenant.id, input })), 200);
  });

  app.openapi(forecastDrainRoute, async (c) => {
    const { actor, tenant } = c.var;
    const endpointId = requireUuid("ep", c.req.valid("param").e);
    const input = c.req.valid("query");
    const forecast = await forecastDrain({ context, actor, tenantId: tenant.id, endpointId, input });
    return c.json(toDrainForecastAnswer(forecast), 200);
  });
}
