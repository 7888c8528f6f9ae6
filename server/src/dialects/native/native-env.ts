/** What the native app is given at the start, and what its middleware hands to every handler. */
import type { HttpBindings } from "@hono/node-server";
import type { OpenAPIHono } from "@hono/zod-openapi";

import type { Actor } from "../../core/access/actor.ts";
import type { CoreContext } from "../../core/context.ts";
import type { EventFeed } from "../../core/feed/event-feed.ts";
import type { Tenant } from "../../core/tenants/tenant.ts";
import type { TrustedProxies } from "../../http/client-address.ts";
import type { EventStreams } from "../../http/event-streams.ts";
import type { KeepHttpAnswer } from "../../http/idempotency.ts";

export interface NativeServices {
  readonly context: CoreContext;
  /** SHA-256 of the root key's text. */
  readonly rootKeyHash: Uint8Array;
  readonly trustedProxies: TrustedProxies;
  readonly feed: EventFeed;
  readonly streams: EventStreams;
  /** Days that events are kept. */
  readonly eventDays: number;
  /** The product's version, for the OpenAPI document. */
  readonly version: string;
  /** Told of every error that is not a caller's mistake; the caller only learns the request id. */
  readonly onFault: (error: unknown, requestId: string) => void;
}

export interface NativeEnv {
  Bindings: HttpBindings;
  Variables: {
    requestId: string;
    actor: Actor;
    /** The tenant of the path, and the actor's own; only under `/v1/tenants/{t}`. */
    tenant: Tenant;
    /** The received bytes; only in requests that may have a body. */
    body: Uint8Array;
    /** Only in requests with an Idempotency-Key: see keep-answer.ts. */
    keepAnswer: KeepHttpAnswer | undefined;
  };
}

export type NativeApp = OpenAPIHono<NativeEnv>;
