/**
 * Opens one socket for deliveries: resolve, refuse, dial, secure. Every socket of the product that leaves
 * for a receiver is opened here, literal addresses included, so the address that was judged is the address
 * that is dialled: between the two there is no second look at the name that an attacker could answer
 * differently. The name stays in TLS and in `Host`.
 */
import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";

import type { ConnectProgress } from "./connect-progress.ts";
import { dial } from "./dial.ts";
import type { DialFailure } from "./dial.ts";
import type { EgressGuard } from "./egress-guard.ts";
import { secureSocket } from "./secure-socket.ts";
import type { TlsFailureCode, TlsSettings } from "./secure-socket.ts";
import { vetHost } from "./vet-host.ts";

export interface ConnectOptions {
  /** A name, or a literal address without brackets. */
  readonly host: string;
  readonly port: number;
  readonly guard: EgressGuard;
  /** Null for plain HTTP. */
  readonly tls: TlsSettings | null;
  /** Gives up at once, whatever the phase; the result then means nothing. */
  readonly signal: AbortSignal;
  /** Written as the phases pass. */
  readonly progress: ConnectProgress;
}

export type ConnectResult =
  | { readonly ok: true; readonly socket: Socket | TLSSocket }
  | { readonly ok: false; readonly code: ConnectFailureCode; readonly detail: string };

export type ConnectFailureCode =
  | "blocked_address"
  | "dns_not_found"
  | "dns_timeout"
  | "connect_refused"
  | "connect_timeout"
  | "internal_error"
  | TlsFailureCode;

const GIVEN_UP: ConnectResult = { ok: false, code: "connect_timeout", detail: "The connection was given up." };

/** Never throws for anything a name server, network or receiver does. */
export async function connect(options: ConnectOptions): Promise<ConnectResult> {
  const { host, port, progress, signal } = options;
  const startedAtMs = performance.now();
  const vetted = await unlessAborted(vetHost(host, options.guard), signal);
  if (vetted === null) return GIVEN_UP;
  const vettedAtMs = performance.now();
  if (!vetted.ok) return vetted;
  const [first = null] = vetted.addresses;
  if (first !== host) progress.dnsMs = vettedAtMs - startedAtMs;
  noteAddress(progress, first);

  progress.phase = "connect";
  const dialled = await dial(vetted.addresses, port, signal);
  if (!dialled.ok) return dialled.failures.length === 0 ? GIVEN_UP : toConnectFailure(dialled.failures, port);
  const connectedAtMs = performance.now();
  progress.connectMs = connectedAtMs - vettedAtMs;
  noteAddress(progress, dialled.address);
  if (options.tls === null) {
    progress.phase = "ready";
    return dialled;
  }

  progress.phase = "tls";
  const secured = await secureSocket(dialled.socket, host, options.tls, progress, signal);
  if (!secured.ok) return secured;
  progress.tlsMs = performance.now() - connectedAtMs;
  progress.phase = "ready";
  return secured;
}

function noteAddress(progress: ConnectProgress, address: string | null): void {
  progress.address = address;
  progress.family = address === null ? null : address.includes(":") ? 6 : 4;
}

/** A name server's answer may come long after the delivery's end; nobody waits for it then. */
function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T | null> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => resolve(null);
    if (signal.aborted) return onAbort();
    signal.addEventListener("abort", onAbort, { once: true });
    void work.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
  });
}

/** The first address tried decides the class; the detail names them all. */
function toConnectFailure(failures: readonly DialFailure[], port: number): ConnectResult {
  const tried = failures.map(({ address, error }) => `${address} port ${port}: ${error.code ?? error.message}`);
  const detail = `No connection was made (${tried.join("; ")}).`;
  switch (failures[0]?.error.code) {
    case "ETIMEDOUT":
      return { ok: false, code: "connect_timeout", detail };
    case "ECONNRESET":
    case "EPIPE":
      return { ok: false, code: "connection_reset", detail };
    // This machine ran out of something; the receiver has no part in it.
    case "EMFILE":
    case "ENFILE":
    case "ENOBUFS":
    case "ENOMEM":
      return { ok: false, code: "internal_error", detail };
    // Refused, or no route to it (ECONNREFUSED, EHOSTUNREACH, ENETUNREACH, EADDRNOTAVAIL, EACCES …).
    default:
      return { ok: false, code: "connect_refused", detail };
  }
}
