/** What the SelfCommunity app is given at the start, and what its middleware hands to every handler. */
import type { HttpBindings } from "@hono/node-server";
import type { Hono } from "hono";

import type { UserActor } from "../../core/access/actor.ts";
import type { CoreContext } from "../../core/context.ts";
import type { TrustedProxies } from "../../http/client-address.ts";

export interface SelfCommunityServices {
  readonly context: CoreContext;
  /** SHA-256 of the root key's text. */
  readonly rootKeyHash: Uint8Array;
  readonly trustedProxies: TrustedProxies;
  /** The slug of the tenant that requests mean which name none; null where they must. */
  readonly defaultTenant: string | null;
  /** Where callers reach this server, such as `https://hooks.example.com`; null: where the request was sent to. */
  readonly publicUrl: string | null;
  /** Told of every error that is not a caller's mistake. */
  readonly onFault: (error: unknown, requestId: string) => void;
}

export interface SelfCommunityEnv {
  Bindings: HttpBindings;
  Variables: {
    requestId: string;
    /** Those that the request's path takes. */
    methods: readonly string[];
    tenantId: string;
    /** The tenant was found by a host that it registered. */
    byHost: boolean;
    /** An admin; not in `verify_token`. */
    actor: UserActor;
    /** The parsed body; `{}` where none was sent. Only in requests that may have one. */
    body: unknown;
  };
}

export type SelfCommunityApp = Hono<SelfCommunityEnv>;
