/** An attempt as a row: everything that is kept of one request. */

/** Milliseconds by phase; null where a phase did not take place or did not end. */
export interface AttemptTimings {
  /** Before all others: from the signing to the start. */
  readonly waitMs: number;
  readonly dnsMs: number | null;
  readonly connectMs: number | null;
  readonly tlsMs: number | null;
  readonly firstByteMs: number | null;
  readonly totalMs: number | null;
  readonly reused: boolean;
}

export interface AttemptTls {
  readonly protocol: string | null;
  readonly cipher: string | null;
  readonly authorized: boolean;
  readonly authorizationError: string | null;
  readonly alpn: string | null;
  readonly peer: {
    readonly subject: string;
    readonly issuer: string;
    readonly validTo: string;
    readonly fingerprint256: string;
  } | null;
}

export interface AttemptRow {
  readonly id: number;
  readonly delivery_id: number;
  readonly event_id: number;
  readonly endpoint_id: string;
  readonly run: number;
  readonly number: number;
  readonly source: "publish" | "resend" | "test" | "probe" | "operational";
  readonly started_at: Date;
  readonly outcome: "accepted" | "rejected" | "timed_out" | "unreachable" | "blocked";
  readonly class: string | null;
  readonly request_url: string;
  /** Pairs of name and value, in the order on the wire. */
  readonly request_headers: readonly (readonly [name: string, value: string])[];
  readonly request_bytes: number;
  readonly request_sha256: Uint8Array;
  readonly signed_by: readonly number[];
  readonly response_status: number | null;
  readonly response_headers: readonly (readonly [name: string, value: string])[] | null;
  readonly response_body: Uint8Array | null;
  readonly response_bytes: number | null;
  readonly address: string | null;
  readonly timings: AttemptTimings;
  readonly tls: AttemptTls | null;
  readonly decision: "finish" | "retry" | "defer" | "give_up" | "cancel";
  readonly reason: string;
  readonly next_at: Date | null;
}

export const ATTEMPT_COLUMNS = `id, delivery_id, event_id, endpoint_id, run, number, source, started_at, outcome, class,
      request_url, request_headers, request_bytes, request_sha256, signed_by, response_status, response_headers,
      response_body, response_bytes, address, timings, tls, decision, reason, next_at`;
