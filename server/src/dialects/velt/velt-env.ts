/** What the Velt app is given at the start, and what its middleware hands to every handler. */
import type { HttpBindings } from "@hono/node-server";
import type { Context, Hono } from "hono";

import type { DialectActor } from "../../core/access/actor.ts";
import type { CoreContext } from "../../core/context.ts";
import type { ProfileSettings } from "../../core/profile-settings/profile-settings.ts";
import type { TrustedProxies } from "../../http/client-address.ts";

export interface VeltServices {
  readonly context: CoreContext;
  readonly trustedProxies: TrustedProxies;
  /** Told of every error that is not a caller's mistake. */
  readonly onFault: (error: unknown, requestId: string) => void;
}

export interface VeltEnv {
  Bindings: HttpBindings;
  Variables: {
    requestId: string;
    actor: DialectActor;
    /** The workspace's configuration; not in the operation for auth tokens. */
    settings: ProfileSettings;
    /** `data` of the request's body; `{}` where none was sent. */
    data: Readonly<Record<string, unknown>>;
  };
}

export type VeltApp = Hono<VeltEnv>;
export type VeltContext = Context<VeltEnv>;
