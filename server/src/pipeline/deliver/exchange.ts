/**
 * One HTTP request and what came of it: the value that everything after `deliver` works on. Whatever a
 * receiver or the network does ends up here; nothing of it is thrown.
 */
import type { TlsFacts } from "../../egress/connect-progress.ts";
import type { ErrorClass } from "../../core/attempts/error-class.ts";

export interface DeliverRequest {
  /** http or https, without credentials and fragment, as `checkTarget` returned it. */
  readonly url: string;
  /** The whole value of the `Authorization` header, or null. */
  readonly authorization: string | null;
  /** Sent in this order, after `host` and `connection`; never one of these, nor `content-length`. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** Sent as it is, not copied: it must not change until the exchange is over. */
  readonly body: Uint8Array;
  /** From the first name server asked to the last byte of the answer. */
  readonly timeoutMs: number;
  readonly verifyTls: boolean;
  /** Ends the request at once as `internal_error`, for a server that stops. */
  readonly signal?: AbortSignal | undefined;
}

export interface Exchange {
  readonly startedAt: Date;
  /** What went out, in order and including `host` and `content-length`; credentials are shown as `***`. */
  readonly requestHeaders: readonly (readonly [name: string, value: string])[];
  /** Set as soon as a status arrived, even when the exchange then failed. */
  readonly answer: Answer | null;
  readonly failure: ExchangeFailure | null;
  /** The address dialled, without brackets; of a failed connection the last one tried. */
  readonly address: string | null;
  readonly timings: Timings;
  readonly tls: TlsFacts | null;
}

export interface Answer {
  readonly status: number;
  /** Names in lower case, in the order received, without `set-cookie`. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** At most the first 16 KiB, as they came (an encoding that nobody asked for is not undone). */
  readonly body: Uint8Array;
  /** How many bytes of the body were read. */
  readonly bodyBytes: number;
  /** Whether `body` is not the whole body. */
  readonly truncated: boolean;
}

export interface ExchangeFailure {
  readonly class: ErrorClass;
  /** One sentence for people; never holds a header value or a body. */
  readonly detail: string;
}

/** Milliseconds; null where a phase did not take place or did not end. A reused connection has no dns, connect, tls. */
export interface Timings {
  readonly dnsMs: number | null;
  readonly connectMs: number | null;
  readonly tlsMs: number | null;
  /** From the start to the first byte of the answer. */
  readonly firstByteMs: number | null;
  readonly totalMs: number | null;
  readonly reused: boolean;
}
