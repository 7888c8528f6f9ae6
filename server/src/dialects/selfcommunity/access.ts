/**
 * Says in which tenant a request is and who calls, before its body is read. A token that names its tenant wins (the
 * access token of a session); otherwise the host does, otherwise the default tenant. Callers must be admins: 401 means
 * the token, 403 the role, and a client that meets a 401 renews its session.
 */
import type { Context } from "hono";
import { createMiddleware } from "hono/factory";

import type { UserActor } from "../../core/access/actor.ts";
import { authenticate } from "../../core/access/authenticate.ts";
import { looksLikeAccessToken } from "../../core/access/session-token.ts";
import { readSignedClaims } from "../../core/dialects/dialect-secret.ts";
import { type DialectTenant, findDialectTenant, hasDialect } from "../../core/dialects/find-dialect-tenant.ts";
import { CoreError } from "../../core/errors/core-error.ts";
import { findUserActor } from "../../core/users/find-user-actor.ts";
import { bearerToken } from "../../http/bearer-token.ts";
import { clientAddress } from "../../http/client-address.ts";
import { findActingUser } from "./claims.ts";
import { notAuthenticated, notFound, wrongCredentials } from "./refusals.ts";
import type { SelfCommunityEnv, SelfCommunityServices } from "./selfcommunity-env.ts";

const NAME = "selfcommunity";

/** Sets the tenant by the host alone. Throws `not_found`. */
export function requireTenant(services: SelfCommunityServices) {
  return createMiddleware<SelfCommunityEnv>(async (c, next) => {
    setTenant(c, await findTenantOfHost(c, services));
    await next();
  });
}

/** Sets `actor` and the tenant. Throws `not_found`, `unauthenticated`, `scope_required`. */
export function requireAdmin(services: SelfCommunityServices) {
  return createMiddleware<SelfCommunityEnv>(async (c, next) => {
    const token = bearerToken(c.req.header("authorization"));
    const address = clientAddress({
      remoteAddress: c.env.incoming.socket.remoteAddress,
      forwardedFor: c.req.header("x-forwarded-for"),
      trustedProxies: services.trustedProxies,
    });
    let actor: UserActor | null;
    if (token !== null && looksLikeAccessToken(token)) {
      actor = await findByAccessToken(services, token, address);
      if (actor !== null) setTenant(c, { tenantId: actor.tenantId, byHost: false });
    } else {
      const tenant = await findTenantOfHost(c, services);
      if (token === null) throw notAuthenticated();
      setTenant(c, tenant);
      actor = await findByJwt(services, token, { ...tenant, address, requestId: c.var.requestId });
    }
    if (actor === null) throw wrongCredentials();
    if (actor.role !== "admin") throw new CoreError("scope_required", "This needs the role admin.");
    c.set("actor", { ...actor, requestId: c.var.requestId });
    await next();
  });
}

async function findTenantOfHost(
  c: Context<SelfCommunityEnv>,
  { context, defaultTenant }: SelfCommunityServices,
): Promise<DialectTenant> {
  const host = c.req.header("host") ?? null;
  const tenant = await findDialectTenant({ context, dialect: NAME, host, defaultTenant });
  if (tenant === null) throw notFound();
  return tenant;
}

function setTenant(c: Context<SelfCommunityEnv>, { tenantId, byHost }: DialectTenant): void {
  c.set("tenantId", tenantId);
  c.set("byHost", byHost);
}

/** The access token of a session: opaque, and it names its tenant. */
async function findByAccessToken(
  { context, rootKeyHash }: SelfCommunityServices,
  token: string,
  address: string | null,
): Promise<UserActor | null> {
  const actor = await authenticate({ context, rootKeyHash, token, address });
  if (actor.kind !== "user") return null;
  if (!(await hasDialect({ context, tenantId: actor.tenantId, dialect: NAME }))) throw notFound();
  return actor;
}

async function findByJwt(
  { context }: SelfCommunityServices,
  token: string,
  caller: { readonly tenantId: string; readonly address: string | null; readonly requestId: string },
): Promise<UserActor | null> {
  const { tenantId, address, requestId } = caller;
  const dialect = { tenantId, name: NAME } as const;
  const claims = await readSignedClaims({ context, dialect, token });
  const number = claims === null ? null : findActingUser(claims, context.clock.now());
  return number === null ? null : findUserActor({ context, tenantId, number, address, requestId });
}
