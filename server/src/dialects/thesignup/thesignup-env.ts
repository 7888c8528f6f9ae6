/** What the thesignup app is given at the start, and what its middleware hands to every handler. */
import type { HttpBindings } from "@hono/node-server";
import type { Hono } from "hono";

import type { ApiKeyActor, UserActor } from "../../core/access/actor.ts";
import type { CoreContext } from "../../core/context.ts";
import type { EventFeed } from "../../core/feed/event-feed.ts";
import type { Tenant } from "../../core/tenants/tenant.ts";
import type { Tier } from "../../core/tenants/tier.ts";
import type { TrustedProxies } from "../../http/client-address.ts";
import type { EventStreams } from "../../http/event-streams.ts";
import type { KeepHttpAnswer } from "../../http/idempotency.ts";
import type { SpentBudget } from "../../http/request-budget.ts";
import type { Operation } from "./operations.ts";

export interface ThesignupServices {
  readonly context: CoreContext;
  /** SHA-256 of the root key's text. */
  readonly rootKeyHash: Uint8Array;
  readonly trustedProxies: TrustedProxies;
  /** Requests that a credential may send to this node in a minute. */
  readonly requestBudgets: Readonly<Record<Tier, number>>;
  readonly feed: EventFeed;
  readonly streams: EventStreams;
  /** Told of every error that is not a caller's mistake. */
  readonly onFault: (error: unknown, requestId: string) => void;
}

export interface ThesignupEnv {
  Bindings: HttpBindings;
  Variables: {
    requestId: string;
    /** What this request took of whose budget; set before anything can be answered. */
    budget: SpentBudget;
    actor: ApiKeyActor | UserActor;
    /** The caller's: the organisation of the contract. Undefined until the caller is known. */
    tenant: Tenant;
    /** Undefined until the path is known. */
    operation: Operation;
    /** As it came; empty where none was sent. */
    body: Uint8Array;
    keepAnswer: KeepHttpAnswer | undefined;
  };
}

export type ThesignupApp = Hono<ThesignupEnv>;
