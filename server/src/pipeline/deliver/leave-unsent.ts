/** The exchange of a try for which no request was made, because its payload could not be sealed (pure). */
import type { Exchange } from "./exchange.ts";

/** `obstacle` is one sentence for people. */
export function leaveUnsent(obstacle: string, now: Date): Exchange {
  return {
    startedAt: now,
    requestHeaders: [],
    answer: null,
    failure: { class: "payload_key_missing", detail: obstacle },
    address: null,
    timings: { dnsMs: null, connectMs: null, tlsMs: null, firstByteMs: null, totalMs: 0, reused: false },
    tls: null,
  };
}
