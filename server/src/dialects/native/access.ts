/**
 * Says who calls and in which tenant, before the body is read and any verb runs. A tenant that is not the caller's is
 * answered exactly as one that does not exist.
 */
import { createMiddleware } from "hono/factory";

import { authenticate } from "../../core/access/authenticate.ts";
import { CoreError } from "../../core/errors/core-error.ts";
import { findTenant } from "../../core/tenants/find-tenant.ts";
import { bearerToken } from "../../http/bearer-token.ts";
import { clientAddress } from "../../http/client-address.ts";
import type { NativeEnv, NativeServices } from "./native-env.ts";

/** Sets `actor`. Throws `unauthenticated`. */
export function requireActor({ context, rootKeyHash, trustedProxies }: NativeServices) {
  return createMiddleware<NativeEnv>(async (c, next) => {
    const address = clientAddress({
      remoteAddress: c.env.incoming.socket.remoteAddress,
      forwardedFor: c.req.header("x-forwarded-for"),
      trustedProxies,
    });
    const token = bearerToken(c.req.header("authorization"));
    const actor = await authenticate({ context, rootKeyHash, token, address });
    c.set("actor", { ...actor, requestId: c.var.requestId });
    await next();
  });
}

/** Sets `tenant` from the path's `t`: a public id or a slug. Throws `not_found`. */
export function requireTenant({ context }: NativeServices) {
  return createMiddleware<NativeEnv, "/v1/tenants/:t/*">(async (c, next) => {
    const tenant = await findTenant({ context, reference: c.req.param("t") });
    const { actor } = c.var;
    if (tenant === null || (actor.kind !== "root" && actor.tenantId !== tenant.id)) {
      throw new CoreError("not_found", "There is no such tenant.");
    }
    c.set("tenant", tenant);
    await next();
  });
}
