/**
 * The deliver stage: makes one HTTP POST and returns what came of it.
 *
 * A courier owns the sockets of a process. No redirect is followed, no encoding is asked for, HTTP/1.1 only
 * (HTTP/2 would put the deliveries of many endpoints on one socket, and one receiver's stall on all of them).
 * Nothing that a receiver or the network does is thrown, and nothing is waited for beyond the request's own time.
 */
import { createSecureContext } from "node:tls";

import { Bag } from "../../bag.ts";
import type { EgressGuard } from "../../egress/egress-guard.ts";
import { ConnectionPool } from "./connection-pool.ts";
import type { PoolLimits } from "./connection-pool.ts";
import { Destinations } from "./destinations.ts";
import type { DeliverRequest, Exchange } from "./exchange.ts";
import { RequestRun } from "./request-run.ts";
import type { RunSurroundings } from "./request-run.ts";
import { writeHeaders } from "./write-headers.ts";

export interface CourierOptions {
  readonly guard: EgressGuard;
  readonly now: () => Date;
  readonly limits?: Partial<PoolLimits> | undefined;
  /** PEM certificates to trust instead of the machine's. */
  readonly certificateAuthorities?: readonly string[] | undefined;
}

export interface Courier extends AsyncDisposable {
  /** Never rejects for anything a receiver or network does. After disposal every exchange is an `internal_error`. */
  deliver(request: DeliverRequest): Promise<Exchange>;
  stats(): CourierStats;
}

export interface CourierStats {
  /** Sockets open, being opened or being closed. */
  readonly openSockets: number;
  readonly idleSockets: number;
  readonly origins: number;
  /** Deliveries that were begun and have not ended, those that wait for a socket included. */
  readonly inFlight: number;
  readonly waiting: number;
}

/** As many sockets as deliveries a node has in flight at most; a quarter of them for one origin. */
const DEFAULT_LIMITS: PoolLimits = { sockets: 1_000, socketsPerOrigin: 256, idleOrigins: 500 };

/** Disposing ends what is in flight and closes every socket; to lose nothing, await the deliveries first. */
export function createCourier(options: CourierOptions): Courier {
  const pool = new ConnectionPool({ ...DEFAULT_LIMITS, ...options.limits });
  const around: RunSurroundings = {
    guard: options.guard,
    pool,
    now: options.now,
    // One for all sockets: making it reads the trust store, which takes longer than a handshake.
    tlsContext: createSecureContext({
      minVersion: "TLSv1.2",
      ...(options.certificateAuthorities !== undefined && { ca: [...options.certificateAuthorities] }),
    }),
  };
  const destinations = new Destinations();
  const running = new Bag<RequestRun>();
  let isStopped = false;

  return {
    deliver(request) {
      if (isStopped || request.signal?.aborted === true)
        return Promise.resolve(refuse(request, options.now(), "This server is stopping."));
      const destination = destinations.read(request.url);
      if (destination === null) {
        return Promise.resolve(refuse(request, options.now(), "The endpoint's URL cannot be read."));
      }
      const { authorization, headers: given } = request;
      const bodyBytes = request.body.byteLength;
      const headers = writeHeaders({ host: destination.host, authorization, headers: given, bodyBytes });
      if ("misplaced" in headers) {
        const detail = `The header ${headers.misplaced} is this server's to write.`;
        return Promise.resolve(refuse(request, options.now(), detail));
      }
      const origin = pool.originOf(destination, request.verifyTls);
      return new Promise((resolve) => {
        const onDone = (exchange: Exchange): void => {
          running.remove(bagged);
          resolve(exchange);
        };
        const run = new RequestRun(around, request, { origin, path: destination.path, headers }, onDone);
        const bagged = running.add(run);
        run.start();
      });
    },

    stats: () => ({ ...pool.stats(), inFlight: running.size }),

    async [Symbol.asyncDispose]() {
      isStopped = true;
      for (const run of running) run.stop();
      await pool.destroy();
    },
  };
}

/** A request that cannot even be begun. */
function refuse(request: DeliverRequest, startedAt: Date, detail: string): Exchange {
  return {
    startedAt,
    requestHeaders: [["content-length", String(request.body.byteLength)]],
    answer: null,
    failure: { class: "internal_error", detail },
    address: null,
    timings: { dnsMs: null, connectMs: null, tlsMs: null, firstByteMs: null, totalMs: null, reused: false },
    tls: null,
  };
}
