/** One event with all that is known of its way, wherever it was read. Times are dates, ids as the API shows them. */

export interface TracedEvent {
  readonly id: string;
  readonly type: string;
  readonly source: string;
  readonly createdAt: Date;
  /** When it was looked at. */
  readonly now: Date;
  readonly dataBytes: number;
  /** All that were made; `deliveries` may be fewer. */
  readonly deliveryCount: number;
  readonly deliveries: readonly TracedDelivery[];
}

export interface TracedDelivery {
  readonly id: string;
  readonly endpointId: string;
  readonly state: "pending" | "in_flight" | "succeeded" | "exhausted" | "cancelled";
  /** Why it was cancelled. */
  readonly reason: string | null;
  readonly source: string;
  readonly run: number;
  readonly attemptCount: number;
  readonly createdAt: Date;
  readonly dueAt: Date | null;
  readonly finishedAt: Date | null;
  /** Oldest first. */
  readonly attempts: readonly TracedAttempt[];
  /** What an unfinished one waits for, in words; null where only the database could say. */
  readonly standing: string | null;
}

export interface TracedAttempt {
  readonly run: number;
  readonly number: number;
  readonly startedAt: Date;
  readonly outcome: string;
  readonly class: string | null;
  readonly status: number | null;
  readonly address: string | null;
  readonly signedBy: readonly number[];
  readonly timings: {
    readonly waitMs: number | null;
    readonly dnsMs: number | null;
    readonly connectMs: number | null;
    readonly tlsMs: number | null;
    readonly firstByteMs: number | null;
    readonly totalMs: number | null;
    readonly reused: boolean;
  };
  readonly decision: string;
  readonly reason: string;
  readonly nextAt: Date | null;
}
