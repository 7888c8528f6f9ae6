/**
 * Says who calls, before the path and the body are looked at, and takes the request from the caller's budget, so that
 * every answer can tell what is left. A credential names its organisation; where it gives no access, the address pays.
 */
import { createMiddleware } from "hono/factory";

import { type ApiKeyActor, actorName, type UserActor } from "../../core/access/actor.ts";
import { authenticate } from "../../core/access/authenticate.ts";
import { isRevokedToken } from "../../core/access/is-revoked-token.ts";
import { hasDialect } from "../../core/dialects/find-dialect-tenant.ts";
import { CoreError } from "../../core/errors/core-error.ts";
import { getTenant } from "../../core/tenants/get-tenant.ts";
import type { Tenant } from "../../core/tenants/tenant.ts";
import { bearerToken } from "../../http/bearer-token.ts";
import { clientAddress } from "../../http/client-address.ts";
import type { RequestBudgets, SpentBudget } from "../../http/request-budget.ts";
import { findOperation } from "./operations.ts";
import { notFound, refusedCredentials, scopeMissing } from "./refusals.ts";
import type { ThesignupEnv, ThesignupServices } from "./thesignup-env.ts";

interface Caller {
  readonly actor: ApiKeyActor | UserActor;
  readonly tenant: Tenant;
}

/** Sets `budget`, `actor` and `tenant`. Throws `unauthenticated`, `not_found`, `rate_limited`. */
export function requireCaller(services: ThesignupServices, budgets: RequestBudgets) {
  const spend = (who: string, limit: number): SpentBudget =>
    budgets.spend({ who, limit, nowMs: services.context.clock.nowMs() });
  return createMiddleware<ThesignupEnv>(async (c, next) => {
    const address = clientAddress({
      remoteAddress: c.env.incoming.socket.remoteAddress,
      forwardedFor: c.req.header("x-forwarded-for"),
      trustedProxies: services.trustedProxies,
    });
    let caller: Caller;
    try {
      caller = await recogniseCaller(services, c.req.header("authorization"), { address, requestId: c.var.requestId });
    } catch (error) {
      c.set("budget", spend(`address:${address ?? "unknown"}`, services.requestBudgets.org));
      refuseSpent(c.var.budget);
      throw error;
    }
    const { actor, tenant } = caller;
    c.set("budget", spend(actorName(actor), services.requestBudgets[tenant.tier]));
    refuseSpent(c.var.budget);
    c.set("actor", actor);
    c.set("tenant", tenant);
    await next();
  });
}

/** Sets `operation`. Throws `not_found`, `scope_required`. */
export function requireOperation() {
  return createMiddleware<ThesignupEnv>(async (c, next) => {
    const operation = findOperation(c.req.method, c.req.path);
    if (operation === null) throw notFound();
    c.set("operation", operation);
    const { scope, needs } = operation;
    if (scope !== null && needs !== null && !c.var.actor.scopes.includes(needs)) throw scopeMissing(scope);
    await next();
  });
}

function refuseSpent({ limit, retryAfterSeconds }: SpentBudget): void {
  if (retryAfterSeconds === null) return;
  const message = `More than ${limit} requests in a minute. Wait, then try again.`;
  throw new CoreError("rate_limited", message, { retryAfterSeconds });
}

/** Throws `unauthenticated`, `not_found`. */
export async function recogniseCaller(
  { context, rootKeyHash }: ThesignupServices,
  authorization: string | undefined,
  { address, requestId }: { readonly address: string | null; readonly requestId: string },
): Promise<Caller> {
  if (authorization === undefined) throw refusedCredentials("missing_credentials");
  const token = bearerToken(authorization);
  if (token === null) throw refusedCredentials("malformed_credentials");
  const actor = await authenticate({ context, rootKeyHash, token, address }).catch(async (error: unknown) => {
    const isRefused = error instanceof CoreError && error.code === "unauthenticated";
    if (isRefused && (await isRevokedToken(context, token))) throw refusedCredentials("revoked_credentials");
    throw error;
  });
  // The root key belongs to no organisation.
  if (actor.kind === "root") throw refusedCredentials("invalid_credentials");
  const { tenantId } = actor;
  if (!(await hasDialect({ context, tenantId, dialect: "thesignup" }))) throw notFound();
  return { actor: { ...actor, requestId }, tenant: await getTenant({ context, actor, tenantId }) };
}
