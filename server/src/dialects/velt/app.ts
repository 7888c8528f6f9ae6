/**
 * The Velt API: what every request passes in order (id, path, method, caller, state of the workspace, data), then the
 * operations of the contract. It has no rules of its own: each operation is a verb of the core.
 */
import { Hono } from "hono";
import { createMiddleware } from "hono/factory";

import { HttpError } from "../../http/http-error.ts";
import { identifyRequest } from "../../http/identify-request.ts";
import { requireApiCaller, requireWorkspaceCaller } from "./access.ts";
import { toErrorAnswer } from "./errors.ts";
import { isKnownPath, type OperationId, operationOf } from "./operations.ts";
import { readData } from "./read-data.ts";
import { unknownPath } from "./refusals.ts";
import { registerConfigRoutes, registerEndpointRoutes, registerTokenRoutes } from "./routes.ts";
import type { VeltApp, VeltEnv, VeltServices } from "./velt-env.ts";
import { requireAvailable, requireEnabled } from "./workspace-state.ts";

/** Where the paths of the contract begin. */
export const VELT_PREFIX = "/v2/workspace/";

const OF_THE_WORKSPACE: readonly OperationId[] = ["getAuthTokens"];
const OF_THE_CONFIGURATION: readonly OperationId[] = ["getConfig", "updateConfig"];
const OF_ENDPOINTS: readonly OperationId[] = [
  "createEndpoint",
  "listEndpoints",
  "updateEndpoint",
  "deleteEndpoint",
  "getSecret",
];

export function createVeltApp(services: VeltServices): VeltApp {
  const app: VeltApp = new Hono<VeltEnv>({ strict: false });
  answerFailures(app, services);
  app.use(identifyRequest());
  app.use(requireOperation());
  for (const id of OF_THE_WORKSPACE) app.use(operationOf(id).path, requireWorkspaceCaller(services), readData());
  for (const id of OF_THE_CONFIGURATION) {
    app.use(operationOf(id).path, requireApiCaller(services), requireAvailable(services), readData());
  }
  for (const id of OF_ENDPOINTS) {
    const { path } = operationOf(id);
    app.use(path, requireApiCaller(services), requireAvailable(services), requireEnabled(), readData());
  }
  registerTokenRoutes(app, services);
  registerConfigRoutes(app, services);
  registerEndpointRoutes(app, services);
  return app;
}

function requireOperation() {
  return createMiddleware<VeltEnv>(async (c, next) => {
    if (!isKnownPath(new URL(c.req.url).pathname)) throw unknownPath();
    if (c.req.method !== "POST") throw new HttpError("method_not_allowed", "It takes POST.", { allow: "POST" });
    await next();
  });
}

function answerFailures(app: VeltApp, services: VeltServices): void {
  app.notFound(() => {
    throw unknownPath();
  });
  app.onError((error, c) => {
    const { httpStatus, body, headers, isFault } = toErrorAnswer(error);
    // A caller that went away while it sent its body is nobody's fault.
    if (isFault && c.env.incoming.errored === null) services.onFault(error, c.var.requestId);
    return c.json(body, httpStatus, { ...headers });
  });
}
