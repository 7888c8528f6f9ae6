/**
 * The SelfCommunity API: what every request passes in order (id, path, answer form, tenant, caller, method, body), then
 * the operations of the contract. It has no rules of its own: each operation is a verb of the core.
 */
import { Hono } from "hono";
import { createMiddleware } from "hono/factory";
import { HTTPException } from "hono/http-exception";

import { acceptsJson } from "../../http/accepts-json.ts";
import { HttpError } from "../../http/http-error.ts";
import { identifyRequest } from "../../http/identify-request.ts";
import { requireAdmin, requireTenant } from "./access.ts";
import { registerActRoutes } from "./act-routes.ts";
import { toErrorAnswer } from "./errors.ts";
import { findKnownPath, routeOf } from "./operations.ts";
import { readBody } from "./read-body.ts";
import { notFound } from "./refusals.ts";
import { registerEndpointRoutes, registerTokenRoutes } from "./routes.ts";
import type { SelfCommunityApp, SelfCommunityEnv, SelfCommunityServices } from "./selfcommunity-env.ts";

/** Where the paths of the contract begin. */
export const SELFCOMMUNITY_PREFIX = "/api/v2/";

export function createSelfCommunityApp(services: SelfCommunityServices): SelfCommunityApp {
  const app: SelfCommunityApp = new Hono<SelfCommunityEnv>({ strict: false });
  answerFailures(app, services);

  app.use(identifyRequest());
  app.use(requirePath());
  app.use(requireJsonAnswer());
  app.use(routeOf("verifyToken"), requireTenant(services), requireMethod(), readBody());
  registerTokenRoutes(app, services);

  app.use(requireAdmin(services));
  app.use(requireMethod());
  app.use(readBody());
  registerEndpointRoutes(app, services);
  registerActRoutes(app, services);
  return app;
}

/** A path that can be read is read under its own name; others are served as if the slash were there. */
function requirePath() {
  return createMiddleware<SelfCommunityEnv>(async (c, next) => {
    const { pathname, search } = new URL(c.req.url);
    const known = findKnownPath(pathname);
    if (known === null) throw notFound();
    const isRead = c.req.method === "GET" || c.req.method === "HEAD";
    if (known.lacksSlash && isRead) return c.redirect(`${pathname}/${search}`, 301);
    c.set("methods", known.methods);
    return next();
  });
}

function requireJsonAnswer() {
  return createMiddleware<SelfCommunityEnv>(async (c, next) => {
    if (!acceptsJson(c.req.header("accept"))) throw new HTTPException(406);
    await next();
  });
}

function requireMethod() {
  return createMiddleware<SelfCommunityEnv>(async (c, next) => {
    const { methods } = c.var;
    if (!methods.includes(c.req.method)) {
      const allow = methods.join(", ");
      throw new HttpError("method_not_allowed", `This path takes ${allow}.`, { allow });
    }
    await next();
  });
}

function answerFailures(app: SelfCommunityApp, services: SelfCommunityServices): void {
  app.notFound(() => {
    throw notFound();
  });
  app.onError((error, c) => {
    const { status, body, headers, isFault } = toErrorAnswer(error, c.req.method);
    // A caller that went away while it sent its body is nobody's fault.
    if (isFault && c.env.incoming.errored === null) services.onFault(error, c.var.requestId);
    return c.json(body, status, { ...headers });
  });
}
