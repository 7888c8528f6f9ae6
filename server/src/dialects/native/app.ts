/**
 * The native API: what every request passes in order (id, route, caller, tenant, body, idempotency), then the routes of
 * each resource. Publishing is declared here and served in front of Hono.
 */
import { OpenAPIHono } from "@hono/zod-openapi";

import { CoreError } from "../../core/errors/core-error.ts";
import { identifyRequest } from "../../http/identify-request.ts";
import { idempotency } from "../../http/idempotency.ts";
import { registerApiKeyRoutes } from "./api-keys/routes.ts";
import { requireActor, requireTenant } from "./access.ts";
import { registerAuditRoutes } from "./audit/routes.ts";
import { toProblemAnswer } from "./errors.ts";
import { registerDeliveryRoutes } from "./deliveries/routes.ts";
import { registerDialectRoutes } from "./dialects/routes.ts";
import { registerEndpointActRoutes } from "./endpoints/act-routes.ts";
import { registerEndpointRoutes } from "./endpoints/routes.ts";
import { declarePublishRoutes } from "./events/publish-routes.ts";
import { registerEventRoutes } from "./events/routes.ts";
import { registerStreamRoute } from "./events/stream-route.ts";
import { registerEventTypeRoutes } from "./event-types/routes.ts";
import { registerExplanationRoutes } from "./explanations/routes.ts";
import { readJsonBody } from "./read-json-body.ts";
import { collectKnownPaths, type KnownPath, requireKnownRoute } from "./known-routes.ts";
import type { NativeApp, NativeEnv, NativeServices } from "./native-env.ts";
import { createOpenApiDocument } from "./openapi.ts";
import { registerRecoveryRoutes } from "./recoveries/routes.ts";
import { refuseUnstorableQuery } from "./refuse-unstorable-query.ts";
import { registerJwksRoute } from "./secrets/jwks-route.ts";
import { isRevealPath } from "./secrets/reveal-route.ts";
import { registerSecretRoutes } from "./secrets/routes.ts";
import { registerLoginRoutes } from "./sessions/login-routes.ts";
import { registerSessionRoutes } from "./sessions/routes.ts";
import { registerSimulationRoutes } from "./simulations/routes.ts";
import { registerTenantRoutes } from "./tenants/routes.ts";
import { registerUserRoutes } from "./users/routes.ts";
import { refuseInvalid } from "./validation.ts";

export function createNativeApp(services: NativeServices): NativeApp {
  const app: NativeApp = new OpenAPIHono<NativeEnv>({ defaultHook: refuseInvalid });
  const knownPaths: KnownPath[] = [];
  answerFailures(app, services);

  app.use(identifyRequest());
  app.get("/v1/openapi.json", (c) => c.json(document));
  registerLoginRoutes(app, services);
  registerJwksRoute(app, services);
  app.use(requireActor(services));
  app.use(requireKnownRoute(knownPaths));
  app.use("/v1/tenants/:t/*", requireTenant(services));
  app.use(refuseUnstorableQuery());
  app.use(readJsonBody());
  app.use(idempotency({ ...services, isExempt: isRevealPath }));

  registerTenantRoutes(app, services);
  registerApiKeyRoutes(app, services);
  registerUserRoutes(app, services);
  registerSessionRoutes(app, services);
  registerAuditRoutes(app, services);
  registerDialectRoutes(app, services);
  registerEventTypeRoutes(app, services);
  registerEndpointRoutes(app, services);
  registerEndpointActRoutes(app, services);
  registerSecretRoutes(app, services);
  declarePublishRoutes(app);
  registerEventRoutes(app, services);
  registerStreamRoute(app, services);
  registerDeliveryRoutes(app, services);
  registerExplanationRoutes(app, services);
  registerRecoveryRoutes(app, services);
  registerSimulationRoutes(app, services);

  collectKnownPaths(app, knownPaths);
  const document = createOpenApiDocument(app, services.version);
  return app;
}

function answerFailures(app: NativeApp, services: NativeServices): void {
  app.notFound(() => {
    throw new CoreError("not_found", "There is no such path.");
  });
  app.onError((error, c) => {
    const answer = toProblemAnswer(error, c.var.requestId);
    // A caller that went away while it sent its body is nobody's fault.
    if (answer.isFault && c.env.incoming.errored === null) services.onFault(error, c.var.requestId);
    return c.body(JSON.stringify(answer.problem), answer.status, { ...answer.headers });
  });
}
