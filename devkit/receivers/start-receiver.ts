/**
 * A real HTTP or HTTPS receiver that does what a test tells it, on a port the system chose. It records every
 * request as it came, and answers by script: an ordinary answer, or any of the ways receivers misbehave
 * (`misbehaviours.ts`). Tests wait for requests by signal, never by time.
 */
import { once } from "node:events";
import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { TLSSocket } from "node:tls";

import type { IssuedCertificate } from "./make-certificate.ts";

export interface ReceivedRequest {
  readonly method: string;
  readonly path: string;
  /** Names in lower case; a name that came twice has its values joined by ", ". */
  readonly headers: Readonly<Record<string, string>>;
  /** Name, value, name, value … as on the wire. */
  readonly rawHeaders: readonly string[];
  readonly body: Buffer;
  readonly receivedAt: Date;
  /** The same for requests that came over one socket. */
  readonly socketId: number;
}

/** What a receiver does with a request. Given the response and its raw socket, it may do anything with either. */
export type Reaction = (exchange: {
  readonly request: ReceivedRequest;
  readonly response: ServerResponse;
  readonly socket: Socket;
}) => void | Promise<void>;

export interface ReceiverOptions {
  /** Default `127.0.0.1`. */
  readonly host?: string;
  /** Default: 200 without a body. */
  readonly react?: Reaction;
  /** Serves HTTPS with this certificate. */
  readonly certificate?: IssuedCertificate;
  readonly keepAliveTimeoutMs?: number;
}

export interface Receiver extends AsyncDisposable {
  /** `http://127.0.0.1:port`, without a path. */
  readonly url: string;
  readonly port: number;
  readonly requests: readonly ReceivedRequest[];
  /** Sockets accepted so far. */
  readonly sockets: number;
  /** TLS handshakes that took up an earlier session. */
  readonly resumedSessions: number;
  /** Sockets open now. */
  readonly openSockets: number;
  /** From the next request on. */
  react(reaction: Reaction): void;
  /** Resolves with all requests once there are this many. */
  waitForRequests(count: number): Promise<readonly ReceivedRequest[]>;
  /** Closes every open socket in the ordinary way. */
  closeSockets(): void;
}

export const answerOk: Reaction = ({ response }) => void response.writeHead(200).end();

export async function startReceiver(options: ReceiverOptions = {}): Promise<Receiver> {
  const requests: ReceivedRequest[] = [];
  const waiting: { count: number; resolve: (requests: readonly ReceivedRequest[]) => void }[] = [];
  const open = new Set<Socket>();
  const ids = new WeakMap<object, number>();
  let accepted = 0;
  let resumed = 0;
  let react = options.react ?? answerOk;

  const serve = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const request: ReceivedRequest = {
      method: incoming.method ?? "",
      path: incoming.url ?? "",
      headers: Object.fromEntries(Object.entries(incoming.headers).map(([name, value]) => [name, String(value)])),
      rawHeaders: incoming.rawHeaders,
      body: Buffer.concat(chunks),
      receivedAt: new Date(),
      socketId: ids.get(incoming.socket) ?? 0,
    };
    requests.push(request);
    for (const waiter of waiting.filter(({ count }) => count <= requests.length)) waiter.resolve([...requests]);
    await react({ request, response, socket: incoming.socket });
  };
  const listener = (incoming: IncomingMessage, response: ServerResponse): void => {
    // A client that goes away in the middle is what many tests are about.
    serve(incoming, response).catch(() => incoming.socket.destroy());
  };

  const server =
    options.certificate === undefined ? createServer(listener) : createTlsServer({ ...options.certificate }, listener);
  if (options.keepAliveTimeoutMs !== undefined) server.keepAliveTimeout = options.keepAliveTimeoutMs;
  server.on(options.certificate === undefined ? "connection" : "secureConnection", (socket: Socket) => {
    accepted += 1;
    if (socket instanceof TLSSocket && socket.isSessionReused()) resumed += 1;
    ids.set(socket, accepted);
    open.add(socket);
    socket.on("error", () => undefined);
    socket.once("close", () => open.delete(socket));
  });
  const host = options.host ?? "127.0.0.1";
  server.listen(0, host);
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const scheme = options.certificate === undefined ? "http" : "https";

  return {
    url: `${scheme}://${host.includes(":") ? `[${host}]` : host}:${port}`,
    port,
    requests,
    get sockets() {
      return accepted;
    },
    get resumedSessions() {
      return resumed;
    },
    get openSockets() {
      return open.size;
    },
    react: (reaction) => void (react = reaction),
    waitForRequests(count) {
      if (requests.length >= count) return Promise.resolve([...requests]);
      return new Promise((resolve) => waiting.push({ count, resolve }));
    },
    closeSockets() {
      for (const socket of open) socket.end();
    },
    async [Symbol.asyncDispose]() {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      for (const socket of open) socket.destroy();
      await closed;
    },
  };
}
