/**
 * What the engine tells whoever watches it: metrics and logs. Told in passing, with what is at hand anyway, so that
 * nobody pays who does not watch. An observer must not throw and must not keep what it is given.
 */
import type { RecordedRow } from "../db/queries/record-attempts.ts";
import type { StoreRow } from "../db/queries/store-events.ts";
import type { HeldDelivery } from "./held-delivery.ts";
import type { FinishedAttempt } from "./record/finished-attempt.ts";
import type { StoreRequest } from "./store/store-request.ts";

export interface EngineObserver {
  readonly stored?: (commit: StoreCommit) => void;
  /** This node leased deliveries: in their own commit, or by a claim. */
  readonly leased?: (deliveries: readonly HeldDelivery[], by: "store" | "claim") => void;
  /** A delivery was decided on, and is about to be recorded. */
  readonly attempted?: (finished: FinishedAttempt) => void;
  readonly recorded?: (commit: RecordCommit) => void;
  /** Posthorn itself warned of an endpoint or stopped it, and this is committed. */
  readonly endpointJudged?: (judgement: EndpointJudgement) => void;
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

/** Tells each observer in turn; whoever does not listen to something costs nothing there. */
export function joinObservers(observers: readonly EngineObserver[]): EngineObserver {
  const stored = observers.flatMap((observer) => observer.stored ?? []);
  const leased = observers.flatMap((observer) => observer.leased ?? []);
  const attempted = observers.flatMap((observer) => observer.attempted ?? []);
  const recorded = observers.flatMap((observer) => observer.recorded ?? []);
  const judged = observers.flatMap((observer) => observer.endpointJudged ?? []);
  return {
    ...(stored.length > 0 && { stored: (commit) => stored.forEach((tell) => tell(commit)) }),
    ...(leased.length > 0 && { leased: (deliveries, by) => leased.forEach((tell) => tell(deliveries, by)) }),
    ...(attempted.length > 0 && { attempted: (finished) => attempted.forEach((tell) => tell(finished)) }),
    ...(recorded.length > 0 && { recorded: (commit) => recorded.forEach((tell) => tell(commit)) }),
    ...(judged.length > 0 && { endpointJudged: (judgement) => judged.forEach((tell) => tell(judgement)) }),
  };
}
