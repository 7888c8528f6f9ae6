/**
 * What the engine tells whoever watches it: metrics and logs. Told in passing, with what is at hand anyway, so that
 * nobody pays who does not watch. An observer must not throw and must not keep what it is given.
 */
import type { RecordedRow } from "../db/queries/record-attempts.ts";
import type { StoreRow } from "../db/queries/store-rows.ts";
import type { HeldDelivery } from "./held-delivery.ts";
import type { SetAside } from "./inbox/set-aside.ts";
import type { FinishedAttempt } from "./record/finished-attempt.ts";
import type { StoreRequest } from "./store/store-request.ts";

export interface EngineObserver {
  readonly stored?: ((commit: StoreCommit) => void) | undefined;
  /** This node leased deliveries: in their own commit, or by a claim, which took `ms`. */
  readonly leased?: ((deliveries: readonly HeldDelivery[], by: "store" | "claim", ms?: number) => void) | undefined;
  /** A delivery was decided on, and is about to be recorded. */
  readonly attempted?: ((finished: FinishedAttempt) => void) | undefined;
  /** What a product committed could not be stored. */
  readonly setAside?: ((rows: readonly SetAside[]) => void) | undefined;
  readonly recorded?: ((commit: RecordCommit) => void) | undefined;
  /** Posthorn itself warned of an endpoint or stopped it, and this is committed. */
  readonly endpointJudged?: ((judgement: EndpointJudgement) => void) | undefined;
}

export interface StoreCommit {
  readonly requests: readonly StoreRequest[];
  /** What became of them; `no` of an event counts the events of all requests from 1. */
  readonly rows: readonly StoreRow[];
  /** How long it took; null for what was stored in the commit of a record. */
  readonly ms: number | null;
}

export interface RecordCommit {
  readonly batch: readonly FinishedAttempt[];
  /** Those whose lease still held; `no` counts the batch from 1. */
  readonly rows: readonly RecordedRow[];
  readonly ms: number;
}

export interface EndpointJudgement {
  readonly endpointId: string;
  readonly tenantId: string;
  readonly verdict: "failing" | "paused" | "disabled";
  readonly reason: "failing" | "gone";
  readonly failingSince: Date | null;
  readonly failedDeliveries: number;
}
