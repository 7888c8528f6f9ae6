/** The endpoint that the path's `id` names. */
import type { Context } from "hono";

import type { CoreContext } from "../../core/context.ts";
import type { Endpoint } from "../../core/endpoints/endpoint.ts";
import { getEndpointByNumber } from "../../core/endpoints/get-endpoint-by-number.ts";
import type { SelfCommunityEnv } from "./selfcommunity-env.ts";

/** Throws `not_found`, also for what is no number. */
export function findEndpoint(c: Context<SelfCommunityEnv>, context: Pick<CoreContext, "database">): Promise<Endpoint> {
  const { actor, tenantId } = c.var;
  return getEndpointByNumber({ context, actor, tenantId, number: Number(c.req.param("id")) });
}
