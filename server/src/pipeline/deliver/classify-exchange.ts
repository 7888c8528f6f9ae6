/**
 * Decides what an exchange means: the outcome and the error class of an attempt. Pure.
 *
 * A failure counts before a status: an answer that never ended is no success, whatever its first line said.
 * `timed_out` is a receiver that had the request; where no connection was made it is `unreachable`.
 */
import type { ErrorClass } from "../../core/attempts/error-class.ts";
import type { Exchange } from "./exchange.ts";

export type AttemptOutcome = "accepted" | "rejected" | "timed_out" | "unreachable" | "blocked";

export type Classification =
  | { readonly outcome: "accepted"; readonly class: null }
  | { readonly outcome: Exclude<AttemptOutcome, "accepted">; readonly class: ErrorClass };

export function classifyExchange(exchange: Pick<Exchange, "answer" | "failure">): Classification {
  if (exchange.failure !== null) {
    return { outcome: toFailedOutcome(exchange.failure.class), class: exchange.failure.class };
  }
  if (exchange.answer === null) throw new Error("an exchange has an answer or a failure");
  const { status } = exchange.answer;
  if (status >= 200 && status < 300) return { outcome: "accepted", class: null };
  return { outcome: "rejected", class: classifyStatus(status) };
}

/** The outcome of an attempt that failed with this class. */
export function toFailedOutcome(failed: ErrorClass): Exclude<AttemptOutcome, "accepted"> {
  switch (failed) {
    case "headers_timeout":
    case "body_timeout":
      return "timed_out";
    case "dns_not_found":
    case "dns_timeout":
    case "connect_refused":
    case "connect_timeout":
    case "tls_expired":
    case "tls_name":
    case "tls_chain":
    case "connection_reset":
    case "internal_error":
    case "key_unavailable":
      return "unreachable";
    case "blocked_address":
    case "payload_key_missing":
      return "blocked";
    case "response_invalid":
    case "http_redirect":
    case "http_gone":
    case "http_rate_limited":
    case "http_client_error":
    case "http_server_error":
    case "http_gateway":
      return "rejected";
  }
}

function classifyStatus(status: number): ErrorClass {
  if (status === 410) return "http_gone";
  if (status === 429) return "http_rate_limited";
  if (status === 502 || status === 503 || status === 504) return "http_gateway";
  if (status >= 300 && status < 400) return "http_redirect";
  if (status >= 400 && status < 500) return "http_client_error";
  if (status >= 500 && status < 600) return "http_server_error";
  // 6xx and beyond: three digits that HTTP gives no meaning (RFC 9110 section 15).
  return "response_invalid";
}
