/**
 * One scheme, host and port in one TLS mode, with its sockets. The mode is part of what an origin is: a
 * socket or TLS session that was made without verification can never serve an endpoint that asks for it.
 */
import type { TlsSession } from "../../egress/secure-socket.ts";
import { literalAddress } from "../../egress/vet-host.ts";
import type { Connection } from "./connection.ts";

/** A request that waits for a socket. */
export interface SocketWaiter {
  /** True once it stopped waiting; it is then passed over. */
  readonly isDone: boolean;
  /** @param connection an open one, or null: it may open one. */
  granted(connection: Connection | null): void;
}

export class Origin {
  /** `https://example.com:8443`. */
  readonly url: string;
  /** The name, or the literal address without brackets. */
  readonly host: string;
  readonly port: number;
  readonly isTls: boolean;
  readonly verifyTls: boolean;
  /** The last one was used last, and is used next. */
  readonly idle: Connection[] = [];
  readonly waiters: SocketWaiter[] = [];
  /** Sockets that are open, being opened or being closed. */
  open = 0;
  /** Requests that hold a socket or open one. */
  inUse = 0;
  tlsSession: TlsSession | null = null;

  constructor(url: URL, verifyTls: boolean) {
    this.url = url.origin;
    this.host = literalAddress(url.hostname) ?? url.hostname;
    this.isTls = url.protocol === "https:";
    this.port = url.port === "" ? (this.isTls ? 443 : 80) : Number(url.port);
    this.verifyTls = verifyTls;
  }

  get isQuiet(): boolean {
    return this.inUse === 0 && this.waiters.length === 0;
  }
}
