/** An attempt as everyone may see it: one request with its answer, its timings, and what was decided next and why. */
import type { AttemptRow } from "../../db/queries/attempt-columns.ts";
import type { ErrorClass } from "./error-class.ts";

export type AttemptOutcome = "accepted" | "rejected" | "timed_out" | "unreachable" | "blocked";
export type AttemptDecision = "finish" | "retry" | "defer" | "give_up" | "cancel";
export type HeaderPairs = readonly (readonly [name: string, value: string])[];

export interface Attempt {
  readonly id: number;
  readonly deliveryId: number;
  readonly eventId: number;
  readonly endpointId: string;
  readonly run: number;
  /** From 1 within the run. */
  readonly number: number;
  readonly source: AttemptRow["source"];
  readonly startedAt: Date;
  readonly outcome: AttemptOutcome;
  /** Set unless accepted. */
  readonly class: ErrorClass | null;
  readonly request: {
    readonly url: string;
    /** In the order on the wire; credentials stand as `***`. */
    readonly headers: HeaderPairs;
    readonly bytes: number;
    readonly sha256: Uint8Array;
    /** Numbers of the secret versions that signed, newest first. */
    readonly signedBy: readonly number[];
  };
  readonly response: {
    readonly status: number;
    readonly headers: HeaderPairs;
    /** The first 16 KiB, as they came. */
    readonly body: Uint8Array;
    /** How many bytes of the body were read. */
    readonly bytes: number;
  } | null;
  /** The address dialled, or null when it did not come to that. */
  readonly address: string | null;
  /** Milliseconds by phase. */
  readonly timings: AttemptRow["timings"];
  readonly tls: AttemptRow["tls"];
  readonly decision: AttemptDecision;
  readonly reason: string;
  /** When the delivery is due again. */
  readonly nextAt: Date | null;
}

export function toAttempt(row: AttemptRow): Attempt {
  return {
    id: row.id,
    deliveryId: row.delivery_id,
    eventId: row.event_id,
    endpointId: row.endpoint_id,
    run: row.run,
    number: row.number,
    source: row.source,
    startedAt: row.started_at,
    outcome: row.outcome,
    // Only the record stage writes it, from this list.
    class: row.class as ErrorClass | null,
    request: {
      url: row.request_url,
      headers: row.request_headers,
      bytes: row.request_bytes,
      sha256: row.request_sha256,
      signedBy: row.signed_by,
    },
    response: toResponse(row),
    address: row.address,
    timings: row.timings,
    tls: row.tls,
    decision: row.decision,
    reason: row.reason,
    nextAt: row.next_at,
  };
}

function toResponse(row: AttemptRow): Attempt["response"] {
  if (row.response_status === null) return null;
  return {
    status: row.response_status,
    headers: row.response_headers ?? [],
    body: row.response_body ?? new Uint8Array(),
    bytes: row.response_bytes ?? 0,
  };
}
