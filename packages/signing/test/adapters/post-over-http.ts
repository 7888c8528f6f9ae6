/** Sends a request over a real socket, byte for byte as it is given. */

import { once } from "node:events";
import { createServer, request as httpRequest } from "node:http";
import type { IncomingMessage, RequestListener, Server } from "node:http";
import type { AddressInfo } from "node:net";

import type { PostedRequest, RunningReceiver } from "./adapter-driver.ts";

/** Serves on a free port; `close` gives up what the framework holds beside it. */
export async function serve(listener: RequestListener, close?: () => Promise<unknown>): Promise<RunningReceiver> {
  const server = createServer(listener).listen(0, "127.0.0.1");
  await once(server, "listening");
  return overHttp(server, close);
}

export function overHttp(server: Server, close?: () => Promise<unknown>): RunningReceiver {
  const { port } = server.address() as AddressInfo;
  return {
    post: (request) => post(port, request),
    async [Symbol.asyncDispose]() {
      await close?.();
      server.closeAllConnections();
      server.close();
    },
  };
}

async function post(port: number, { headers, body, chunked = false }: PostedRequest): Promise<number> {
  const length = chunked ? {} : { "content-length": String(body.length) };
  const sent = httpRequest({
    port,
    host: "127.0.0.1",
    path: "/hooks",
    method: "POST",
    headers: { ...headers, ...length },
  });
  // Two writes, so that a receiver which takes the first piece for the whole body is found out.
  const middle = Math.ceil(body.length / 2);
  sent.write(body.subarray(0, middle));
  sent.end(body.subarray(middle));
  const [response] = (await once(sent, "response")) as [IncomingMessage];
  response.resume();
  await once(response, "end");
  return response.statusCode ?? 0;
}
