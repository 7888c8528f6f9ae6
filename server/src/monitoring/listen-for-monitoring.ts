/**
 * The port for those who run the server: probes and scrapers. It asks for no credentials, and nothing it says names a
 * tenant, an endpoint or a URL. Apart from the API's port so that a firewall can tell them apart, and so that it still
 * answers while the API's port is closing.
 *
 *   GET /health/live    200 while the event loop turns: that it answers is the check
 *   GET /health/ready   200 or 503, with each check
 *   GET /metrics        Prometheus text
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** What the port has to say. */
export interface Monitor {
  /** Prometheus text. */
  metrics(): Promise<{ readonly contentType: string; readonly body: string }>;
  /** Told as it is, as JSON. */
  readiness(): Promise<{ readonly status: "ready" | "not_ready" }>;
}

export interface ListenOptions {
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
  readonly monitor: Monitor;
  readonly onFault: (error: unknown) => void;
}

export interface MonitoringListener extends AsyncDisposable {
  /** `http://host:port`, as bound. */
  readonly url: string;
}

interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

const HEADERS_TIMEOUT_MS = 5_000;

/** Rejects when the address is taken or not ours. */
export async function listenForMonitoring(options: ListenOptions): Promise<MonitoringListener> {
  const server = createServer({ headersTimeout: HEADERS_TIMEOUT_MS, requestTimeout: HEADERS_TIMEOUT_MS });
  server.on("request", (request, response) => {
    request.resume();
    answer(options, request).then(
      (answered) => send(request, response, answered),
      (error: unknown) => {
        options.onFault(error);
        send(request, response, json(500, { status: "fault" }));
      },
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port, options.host, () => {
      server.off("error", reject);
      resolve();
    });
  });
  const bound = server.address() as AddressInfo;
  return {
    url: `http://${bound.family === "IPv6" ? `[${bound.address}]` : bound.address}:${bound.port}`,
    async [Symbol.asyncDispose]() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}

async function answer({ monitor }: ListenOptions, request: IncomingMessage): Promise<Answer> {
  const path = (request.url ?? "/").split("?", 1)[0];
  if (path !== "/health/live" && path !== "/health/ready" && path !== "/metrics") {
    return json(404, { status: "not_found", paths: ["/health/live", "/health/ready", "/metrics"] });
  }
  if (request.method !== "GET" && request.method !== "HEAD") return json(405, { status: "method_not_allowed" });
  if (path === "/health/live") return json(200, { status: "live" });
  if (path === "/health/ready") {
    const readiness = await monitor.readiness();
    return json(readiness.status === "ready" ? 200 : 503, readiness);
  }
  return { status: 200, ...(await monitor.metrics()) };
}

function json(status: number, value: object): Answer {
  return { status, contentType: "application/json", body: `${JSON.stringify(value)}\n` };
}

function send(request: IncomingMessage, response: ServerResponse, { status, contentType, body }: Answer): void {
  response.writeHead(status, {
    "content-type": contentType,
    "content-length": Buffer.byteLength(body),
    "cache-control": "no-store",
    ...(status === 405 && { allow: "GET, HEAD" }),
  });
  response.end(request.method === "HEAD" ? undefined : body);
}
