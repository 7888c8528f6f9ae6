/**
 * The socket that callers reach. Publishing goes straight to its own handler, everything else through Hono.
 * Every wait has an end: headers, body, idle connections. A stop accepts nothing new, lets requests in flight finish
 * and closes connections as they fall idle, so that no caller loses an answer to a request that was taken.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

import { getRequestListener, type HttpBindings } from "@hono/node-server";

import { Bag } from "../bag.ts";

export type RawHandler = (request: IncomingMessage, response: ServerResponse) => void;

export interface ListenOptions {
  /** Hono's `app.fetch`. */
  readonly fetch: (request: Request, env: HttpBindings) => Response | Promise<Response>;
  /** Serves `POST /v1/tenants/{t}/events` and `/events/batch`; it answers every failure itself and never throws. */
  readonly publish: RawHandler;
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
}

export interface HttpServer extends AsyncDisposable {
  readonly port: number;
  /** `http://host:port`, as bound. */
  readonly url: string;
  /** Resolves when the last connection is closed; what is still in flight after `graceMs` is cut. */
  stop(options: { readonly graceMs: number }): Promise<void>;
}

const HEADER_BYTES_MAX = 16 * 1024;
const HEADERS_TIMEOUT_MS = 15_000;
/** For headers and body together: 1 MiB at 35 kB/s. */
const REQUEST_TIMEOUT_MS = 30_000;
/** Above the 60 s of common load balancers, so that they close first and never send into a closing connection. */
const KEEP_ALIVE_TIMEOUT_MS = 75_000;
const TIMEOUT_CHECK_INTERVAL_MS = 5_000;

/** In origin form or, as clients of proxies send it, in absolute form (RFC 9112, section 3.2). */
const PUBLISH_TARGET = /^(?:https?:\/\/[^/]+)?\/v1\/tenants\/[^/?#]+\/events(?:\/batch)?(?:\?|$)/;

/** Rejects when the address is taken or not ours. */
export async function listen({ fetch, publish, host, port }: ListenOptions): Promise<HttpServer> {
  const answerWithHono = getRequestListener((request, env) => fetch(request, env as HttpBindings), {
    overrideGlobalObjects: false,
  });
  const inFlight = new Bag<ServerResponse>();
  const server = createServer({
    maxHeaderSize: HEADER_BYTES_MAX,
    headersTimeout: HEADERS_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
    connectionsCheckingInterval: TIMEOUT_CHECK_INTERVAL_MS,
  });
  server.on("request", (request, response) => {
    const bagged = inFlight.add(response);
    response.once("close", () => {
      inFlight.remove(bagged);
      // The connection counts as idle one turn after its answer has ended.
      if (!server.listening) setImmediate(() => server.closeIdleConnections());
    });
    if (!server.listening) response.setHeader("connection", "close");
    if (isPublish(request)) publish(request, response);
    else void answerWithHono(request, response);
  });
  await bind(server, host, port);

  const bound = server.address() as AddressInfo;
  const stop = async ({ graceMs }: { readonly graceMs: number }): Promise<void> => {
    if (!server.listening) return;
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    for (const response of inFlight) if (!response.headersSent) response.setHeader("connection", "close");
    const deadline = setTimeout(() => server.closeAllConnections(), graceMs);
    await closed;
    clearTimeout(deadline);
  };
  return {
    port: bound.port,
    url: `http://${bound.family === "IPv6" ? `[${bound.address}]` : bound.address}:${bound.port}`,
    stop,
    [Symbol.asyncDispose]: () => stop({ graceMs: 0 }),
  };
}

function isPublish(request: IncomingMessage): boolean {
  return request.method === "POST" && PUBLISH_TARGET.test(request.url ?? "");
}

function bind(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      resolve();
    });
  });
}
