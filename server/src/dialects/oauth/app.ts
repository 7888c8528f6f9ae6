/**
 * Device login for programs and people (docs/device-login.md): what every request passes in order (id, address and its
 * budget, form), then the OAuth endpoints and the approval page. It serves every tenant and dialect, since nobody knows
 * before the approval whose login it will be.
 */
import { Hono } from "hono";
import { createMiddleware } from "hono/factory";

import { CoreError } from "../../core/errors/core-error.ts";
import { clientAddress } from "../../http/client-address.ts";
import { identifyRequest } from "../../http/identify-request.ts";
import { RequestBudgets } from "../../http/request-budget.ts";
import { toRefusal } from "./errors.ts";
import { answerRefusal } from "./oauth-answers.ts";
import type { OAuthApp, OAuthEnv, OAuthServices } from "./oauth-env.ts";
import { answerPageRefusal, registerPageRoutes } from "./page-routes.ts";
import { PAGE_HEADERS } from "./pages.ts";
import { readForm } from "./read-form.ts";
import { DEVICE_PATH, registerTokenRoutes } from "./token-routes.ts";

/** Where its paths begin. */
export const OAUTH_PREFIXES = ["/oauth/", DEVICE_PATH] as const;

/** To each node: the logins of one address that may be pending poll less than half as often. */
const REQUESTS_A_MINUTE_OF_ADDRESS = 600;

export function createOAuthApp(services: OAuthServices): OAuthApp {
  const app: OAuthApp = new Hono<OAuthEnv>();
  app.notFound(() => {
    throw new CoreError("not_found", "There is nothing here.");
  });
  app.onError((error, c) => {
    const refusal = toRefusal(error);
    // A caller that went away while it sent its body is nobody's fault.
    if (refusal.isFault && c.env.incoming.errored === null) services.onFault(error, c.var.requestId);
    return isPage(c.req.path) ? answerPageRefusal(c, refusal) : answerRefusal(c, refusal);
  });

  app.use(identifyRequest());
  app.use(protectPages());
  app.use(requireBudget(services, new RequestBudgets()));
  app.use(readForm());
  registerTokenRoutes(app, services);
  registerPageRoutes(app, services);
  return app;
}

function isPage(path: string): boolean {
  return path.startsWith(DEVICE_PATH);
}

function protectPages() {
  return createMiddleware<OAuthEnv>(async (c, next) => {
    await next();
    if (!isPage(c.req.path)) return;
    for (const [name, value] of Object.entries(PAGE_HEADERS)) c.res.headers.set(name, value);
  });
}

/** Sets `origin`. Throws `rate_limited`. */
function requireBudget({ context, trustedProxies }: OAuthServices, budgets: RequestBudgets) {
  return createMiddleware<OAuthEnv>(async (c, next) => {
    const address = clientAddress({
      remoteAddress: c.env.incoming.socket.remoteAddress,
      forwardedFor: c.req.header("x-forwarded-for"),
      trustedProxies,
    });
    c.set("origin", { address, requestId: c.var.requestId });
    const limit = REQUESTS_A_MINUTE_OF_ADDRESS;
    const { retryAfterSeconds } = budgets.spend({ who: address ?? "unknown", limit, nowMs: context.clock.nowMs() });
    if (retryAfterSeconds !== null) {
      throw new CoreError("rate_limited", "Too many requests. Wait, then try again.", { retryAfterSeconds });
    }
    await next();
  });
}
