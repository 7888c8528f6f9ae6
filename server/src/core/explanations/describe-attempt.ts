/**
 * One attempt in plain words: what happened and in which phase, what the numbers were, the cause and what to do. Pure.
 * The phases stand in a table over all error classes, so that a class without one does not compile, as cause and advice
 * do in error-class.ts. What an answer's status or a certificate says beyond its class is added to the advice.
 */
import type { Attempt } from "../attempts/attempt.ts";
import { type ErrorClass, errorClasses } from "../attempts/error-class.ts";

export interface AttemptInWords {
  readonly text: string;
  /** The phases with their times, the address and the secret versions. */
  readonly detail: string;
  readonly cause: string | null;
  readonly advice: string | null;
}

/** What of an attempt is told: no body, no header, no URL. */
export type ToldAttempt = Pick<Attempt, "number" | "class" | "address" | "timings" | "tls"> & {
  readonly request: Pick<Attempt["request"], "bytes" | "signedBy">;
  readonly response: Pick<NonNullable<Attempt["response"]>, "status"> | null;
};

const PHASES = {
  dns_not_found: "while its name was looked up",
  dns_timeout: "while its name was looked up",
  connect_refused: "while the connection was made",
  connect_timeout: "while the connection was made",
  tls_expired: "in the TLS handshake",
  tls_name: "in the TLS handshake",
  tls_chain: "in the TLS handshake",
  headers_timeout: "while the answer was waited for",
  body_timeout: "in the middle of the answer",
  connection_reset: "while the answer was waited for",
  http_redirect: "by its answer",
  http_gone: "by its answer",
  http_rate_limited: "by its answer",
  http_client_error: "by its answer",
  http_server_error: "by its answer",
  http_gateway: "by its answer",
  response_invalid: "by what came instead of an answer",
  blocked_address: "before anything was sent",
  key_unavailable: "before anything was sent",
  payload_key_missing: "before anything was sent",
  internal_error: "in this server",
} as const satisfies Record<ErrorClass, string>;

/** What a status says beyond its class. */
const STATUS_ADVICE: Readonly<Record<number, string>> = {
  400: "It could not read the request: verify the signature over the raw body, before anything parses it.",
  401: "It asked for credentials or refused the signature: check that it verifies with the endpoint's present secret.",
  403: "Something refused the caller: a firewall, a login or CSRF check in front of the receiver, or the signature check.",
  404: "Nothing answers at the URL's path: compare it with the receiver's route, letter by letter.",
  405: "The path takes no POST: deliveries are POST requests.",
  413: "The receiver or a proxy in front of it takes no body of this size: raise its limit.",
  415: "The receiver does not take this content type: deliveries are application/json.",
  429: "The rate limit of the endpoint makes deliveries wait here instead of being refused there.",
  502: "The proxy found nobody behind it, or was cut off.",
  504: "The application behind the proxy took too long: answer first and do the work afterwards.",
};

export function describeAttempt(attempt: ToldAttempt): AttemptInWords {
  const { class: failed, response } = attempt;
  const detail = describeParts(attempt);
  if (failed === null) {
    const text = `The receiver accepted${response === null ? "" : ` with ${response.status}`}${tookMs(attempt)}.`;
    return { text, detail, cause: null, advice: null };
  }
  const status = response === null ? "" : `, status ${response.status}`;
  const text = `Failed ${phaseOf(attempt, failed)} (${failed}${status})${tookMs(attempt)}.`;
  const { cause, advice } = errorClasses[failed];
  const more = [response === null ? undefined : STATUS_ADVICE[response.status], describePeer(attempt)];
  return { text, detail, cause, advice: [advice, ...more.filter((part) => part !== undefined)].join(" ") };
}

function phaseOf({ timings }: ToldAttempt, failed: ErrorClass): string {
  // A connection can be cut on both sides of the first byte.
  return failed === "connection_reset" && timings.firstByteMs !== null ? PHASES.body_timeout : PHASES[failed];
}

function tookMs({ timings: { totalMs } }: ToldAttempt): string {
  return totalMs === null ? "" : ` after ${totalMs.toFixed(0)} ms`;
}

/** Which certificate it was that was not taken. */
function describePeer({ class: failed, tls }: ToldAttempt): string | undefined {
  const peer = tls?.peer ?? null;
  if (peer === null || !["tls_expired", "tls_name", "tls_chain"].includes(failed ?? "")) return undefined;
  return `The certificate was for ${peer.subject}, issued by ${peer.issuer}, valid until ${peer.validTo}.`;
}

/** The phases that there were: a connection that stood already has no DNS, connect and TLS. */
function describeParts({ timings, address, request }: ToldAttempt): string {
  const phases = [
    ["waited", timings.waitMs],
    ["DNS", timings.dnsMs],
    ["connect", timings.connectMs],
    ["TLS", timings.tlsMs],
    ["first byte", timings.firstByteMs],
    ["total", timings.totalMs],
  ] as const;
  const known = phases.flatMap(([name, ms]) => (ms === null ? [] : [`${name} ${ms.toFixed(1)} ms`]));
  const { signedBy, bytes } = request;
  const signed = signedBy.length === 0 ? [] : [`signed by version ${signedBy.join(", ")}`];
  const place = address === null ? [] : [`to ${address}${timings.reused ? " over a standing connection" : ""}`];
  return [...known, `${bytes} bytes`, ...place, ...signed].join(", ");
}
