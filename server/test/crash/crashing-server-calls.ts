/** What a test and the crashing server it started say to each other. */
import type { Config } from "../../src/config.ts";
import type { ServerPoint } from "./crash-points.ts";
import type { Ledger } from "./read-ledger.ts";

export interface CrashingServerOptions {
  readonly config: Config;
  /** How far its clock is ahead of the database's: so long it was away, as it seems to it. */
  readonly aheadMs: number;
  /** Kills itself at this point, from its start on. */
  readonly armed: Armed | null;
  /** The death that it follows, of whose tenant it tells what it finds before it starts. */
  readonly before: Death | null;
}

export interface Armed {
  readonly point: ServerPoint;
  /** Which time the point is passed, from 1. */
  readonly after: number;
}

export interface Death {
  /** Of the server that died. */
  readonly name: string;
  readonly tenantId: string;
}

export type Call =
  | { readonly call: "arm"; readonly armed: Armed }
  | { readonly call: "read"; readonly id: number; readonly tenantId: string }
  | { readonly call: "readAfterDeath"; readonly id: number; readonly before: Death }
  | { readonly call: "stand"; readonly id: number };

/** Unfinished deliveries of all tenants, and how many of them are in flight. */
export interface Standing {
  readonly queued: number;
  readonly leased: number;
}

export type Reply = Ledger | Standing;

export type Told =
  /** What a death left, before anything is done about it. */
  | { readonly told: "found"; readonly ledger: Ledger }
  | { readonly told: "ready"; readonly url: string; readonly nodeId: number }
  /** `fenced`: attempts of the batch whose lease was lost. */
  | { readonly told: "recorded"; readonly fenced: number }
  | { readonly told: "rescued" }
  | { readonly told: "mended"; readonly lanes: number }
  | { readonly told: "reply"; readonly id: number; readonly result: Reply };
