/**
 * The thesignup API: what every request passes in order (id, caller and budget, operation and scope, body, idempotency),
 * then the operations of the contract. It has no rules of its own: each operation is a verb of the core.
 */
import { Hono } from "hono";
import { createMiddleware } from "hono/factory";

import { idempotency } from "../../http/idempotency.ts";
import { RequestBudgets } from "../../http/request-budget.ts";
import { REQUEST_ID_HEADER, requestId } from "../../http/request-id.ts";
import { requireCaller, requireOperation } from "./access.ts";
import { registerActRoutes } from "./act-routes.ts";
import { answerHeaders } from "./answer-headers.ts";
import { registerEndpointRoutes } from "./endpoint-routes.ts";
import { toErrorAnswer } from "./errors.ts";
import { readBody } from "./read-input.ts";
import { notFound } from "./refusals.ts";
import { registerStreamRoute } from "./stream-route.ts";
import type { ThesignupApp, ThesignupEnv, ThesignupServices } from "./thesignup-env.ts";

/** Where the paths of the contract begin. */
export const THESIGNUP_PREFIX = "/api/v1/";

export function createThesignupApp(services: ThesignupServices): ThesignupApp {
  const app: ThesignupApp = new Hono<ThesignupEnv>({ strict: false });
  answerFailures(app, services);

  app.use(identifyRequest());
  app.use(requireCaller(services, new RequestBudgets()));
  app.use(requireOperation());
  app.use(readBody());
  app.use(idempotency({ ...services, methods: ["POST", "PATCH"] }));
  registerStreamRoute(app, services);
  registerEndpointRoutes(app, services);
  registerActRoutes(app, services);
  return app;
}

function identifyRequest() {
  return createMiddleware<ThesignupEnv>(async (c, next) => {
    c.set("requestId", requestId(c.req.header(REQUEST_ID_HEADER)));
    await next();
    for (const [name, value] of Object.entries(answerHeaders(c))) c.res.headers.set(name, value);
  });
}

function answerFailures(app: ThesignupApp, services: ThesignupServices): void {
  app.notFound(() => {
    throw notFound();
  });
  app.onError((error, c) => {
    // Until they are known, neither is set.
    const { operation, tenant } = c.var as Partial<ThesignupEnv["Variables"]>;
    const request = { scope: operation?.scope ?? null, tier: tenant?.tier ?? null };
    const { problem, headers, isFault } = toErrorAnswer(error, request);
    // A caller that went away while it sent its body is nobody's fault.
    if (isFault && c.env.incoming.errored === null) services.onFault(error, c.var.requestId);
    const type = { "content-type": "application/problem+json" };
    return c.body(JSON.stringify(problem), problem.status, { ...headers, ...type });
  });
}
