/**
 * One open socket to one origin, and the HTTP client on it. A client is made for a socket and dies with it:
 * it never dials by itself, so each socket passes the egress guard, belongs to one TLS mode, and is known to
 * the attempt it served.
 */
import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";

import { Client } from "undici";
import type { Dispatcher } from "undici";

import type { ConnectProgress } from "../../egress/connect-progress.ts";

export interface OpenedSocket {
  readonly socket: Socket | TLSSocket;
  readonly facts: ConnectProgress;
}

/** The socket was closed before the request could be written; nothing of it went out. */
export class StaleConnectionError extends Error {
  override readonly name = "StaleConnectionError";
}

/** Receivers behind common proxies close after 5 s; staying below avoids most races. */
const IDLE_TIMEOUT_MS = 4_000;
/** A receiver's `Keep-Alive: timeout=…` is obeyed up to this, less a second for the way. */
const MAX_IDLE_TIMEOUT_MS = 30_000;
const IDLE_MARGIN_MS = 1_000;
const MAX_HEADER_BYTES = 16 * 1024;

export class Connection {
  readonly facts: ConnectProgress;
  /** Requests sent so far. */
  served = 0;
  /** Gives the connection back to its pool; made once, to be queued without a closure a request. */
  readonly giveBack: () => void;
  readonly #socket: Socket | TLSSocket;
  readonly #client: Client;

  /** @param url scheme, host and port; the client writes `Host` from it. */
  constructor(url: string, opened: OpenedSocket, release: (connection: Connection) => void) {
    this.facts = opened.facts;
    this.giveBack = () => release(this);
    this.#socket = opened.socket;
    let used = false;
    this.#client = new Client(url, {
      connect: (_options, callback) => {
        if (used) return callback(new StaleConnectionError("the connection was closed"), null);
        used = true;
        // The client must see this answer after its own call returned, or it forgets the waiting request.
        queueMicrotask(() => callback(null, opened.socket));
      },
      allowH2: false,
      pipelining: 1,
      // Time is kept by the request's own timer, from name resolution to the last byte.
      headersTimeout: 0,
      bodyTimeout: 0,
      maxHeaderSize: MAX_HEADER_BYTES,
      keepAliveTimeout: IDLE_TIMEOUT_MS,
      keepAliveMaxTimeout: MAX_IDLE_TIMEOUT_MS,
      keepAliveTimeoutThreshold: IDLE_MARGIN_MS,
    });
  }

  get isOpen(): boolean {
    return !this.#socket.destroyed;
  }

  /** Writes a request; one at a time. Mistakes in the request reach the handler's error callback. */
  send(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): void {
    this.served += 1;
    this.#client.dispatch(options, handler);
  }

  onClose(listener: () => void): void {
    this.#socket.once("close", listener);
  }

  destroy(): void {
    this.#socket.destroy();
  }
}
