/** What the OAuth app is given at the start, and what its middleware hands to every handler. */
import type { HttpBindings } from "@hono/node-server";
import type { Hono } from "hono";

import type { CoreContext } from "../../core/context.ts";
import type { RequestOrigin } from "../../core/sessions/session.ts";
import type { TrustedProxies } from "../../http/client-address.ts";

export interface OAuthServices {
  readonly context: CoreContext;
  readonly trustedProxies: TrustedProxies;
  /** Where callers reach the server; null: where each request was sent to. */
  readonly publicUrl: string | null;
  /** The slug that the page suggests; null where a person must know it. */
  readonly defaultTenant: string | null;
  /** Told of every error that is not a caller's mistake. */
  readonly onFault: (error: unknown, requestId: string) => void;
}

export interface OAuthEnv {
  Bindings: HttpBindings;
  Variables: {
    requestId: string;
    origin: RequestOrigin;
    /** The parameters of the body; empty where the method has none. */
    form: ReadonlyMap<string, string>;
  };
}

export type OAuthApp = Hono<OAuthEnv>;
