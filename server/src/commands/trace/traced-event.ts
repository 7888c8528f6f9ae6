/** One event with all that is known of its way, wherever it was read. Times are dates, ids as the API shows them. */

export interface TracedEvent {
  readonly id: string;
  readonly type: string;
  readonly source: string;
  readonly createdAt: Date;
  readonly dataBytes: number;
  /** All that were made; `deliveries` may be fewer. */
  readonly deliveryCount: number;
  readonly deliveries: readonly TracedDelivery[];
}

export interface TracedDelivery {
  readonly id: string;
  readonly endpointId: string;
  readonly source: string;
  readonly state: string;
  /** As the core tells it (tell-delivery.ts), oldest first. */
  readonly timeline: readonly TracedEntry[];
  /** Which node has it, where that is known: only the database says. */
  readonly node: string | null;
}

export interface TracedEntry {
  readonly at: Date;
  readonly kind: string;
  readonly text: string;
  readonly detail: string | null;
  readonly cause: string | null;
  readonly advice: string | null;
  readonly attempt: { readonly run: number; readonly number: number } | null;
}
