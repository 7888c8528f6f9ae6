/**
 * Several APIs on one socket: the path decides which one serves a request, before anything else is known of it. What no
 * prefix claims goes to the last.
 */
import type { HttpBindings } from "@hono/node-server";

export type Fetch = (request: Request, env: HttpBindings) => Response | Promise<Response>;

export interface MountedApi {
  /** Such as `/api/v2/`. */
  readonly prefix: string;
  readonly fetch: Fetch;
}

export function routeByPrefix(apis: readonly MountedApi[], otherwise: Fetch): Fetch {
  return (request, env) => {
    const { pathname } = new URL(request.url);
    const api = apis.find(({ prefix }) => pathname.startsWith(prefix));
    return (api?.fetch ?? otherwise)(request, env);
  };
}
