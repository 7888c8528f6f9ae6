/** What the stages made of one delivery: the input of the record stage. */
import type { HeldDelivery } from "../held-delivery.ts";
import type { HealthEntry } from "../retry/collect-health-facts.ts";

export interface FinishedAttempt {
  readonly delivery: HeldDelivery;
  readonly next: NextStep;
  /** Tries spent, and deferrals, in this run after this attempt. */
  readonly attempts: number;
  readonly deferrals: number;
  /** null: no request was made (the endpoint was paused meanwhile, its key is not at hand). */
  readonly attempt: AttemptRecord | null;
  /** Set when no request was made: the class that explains the wait. */
  readonly heldClass: string | null;
  /** What the attempt says about the endpoint's health. */
  readonly health: HealthEntry;
  /** The receiver said that it is gone for good. */
  readonly disable: "gone" | null;
}

export type NextStep =
  | { readonly state: "succeeded" }
  | { readonly state: "exhausted" }
  | { readonly state: "cancelled"; readonly reason: string }
  | { readonly state: "pending"; readonly dueAt: Date; readonly parkUntil: Date | null };

export interface AttemptRecord {
  readonly startedAt: Date;
  readonly outcome: "accepted" | "rejected" | "timed_out" | "unreachable" | "blocked";
  readonly class: string | null;
  readonly requestUrl: string;
  /** JSON text of [name, value] pairs, secrets shown as `***`. */
  readonly requestHeaders: string;
  readonly requestBytes: number;
  readonly requestSha256: Uint8Array;
  /** Numbers of the secret versions that signed. */
  readonly signedBy: readonly number[];
  readonly answer: {
    readonly status: number;
    /** JSON text of [name, value] pairs. */
    readonly headers: string;
    readonly body: Uint8Array;
    readonly bodyBytes: number;
  } | null;
  readonly address: string | null;
  /** JSON text. */
  readonly timings: string;
  /** JSON text. */
  readonly tls: string | null;
  readonly decision: "finish" | "retry" | "defer" | "give_up" | "cancel";
  /** Why, in plain words. */
  readonly reason: string;
}
