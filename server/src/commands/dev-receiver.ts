/**
 * The built-in receiver of a development server: accepts whatever is delivered to it and shows the last of it, so that
 * a first event can be seen end to end without writing a receiver.
 *   POST /…   → 200, and it is kept          GET /…   → {"data":[newest first]}
 */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

import { readBody } from "../http/read-body.ts";

const KEPT = 100;

interface Received {
  readonly receivedAt: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

export interface DevReceiver extends AsyncDisposable {
  readonly url: string;
}

export async function startDevReceiver(now: () => Date): Promise<DevReceiver> {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    if (request.method === "GET") {
      response.writeHead(200, { "content-type": "application/json" });
      response.end(JSON.stringify({ data: received }));
      return;
    }
    readBody(request).then(
      (body) => {
        received.unshift({
          receivedAt: now().toISOString(),
          path: request.url ?? "/",
          headers: request.headers,
          body: body.toString(),
        });
        received.length = Math.min(received.length, KEPT);
        response.writeHead(200).end();
      },
      () => response.writeHead(400, { connection: "close" }).end(),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
