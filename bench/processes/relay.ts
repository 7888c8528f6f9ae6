/**
 * The bare relay, the limit that Posthorn is measured against: the same runtime, the same POST, the same signature and
 * the same HTTP client, and nothing else. It answers 202 after the receiver has answered; it stores nothing, checks
 * nothing, and loses what is under way when it ends.
 */
import { createHmac, randomBytes } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

import { Pool } from "undici";

import { answerCalls } from "./answer-calls.ts";

export interface RelayCalls {
  listen(input: { readonly target: string; readonly connections: number }): Promise<{ readonly port: number }>;
}

const secret = randomBytes(32);
let lastId = 0;

answerCalls({
  listen({ target, connections }) {
    const { origin, pathname } = new URL(target);
    const receivers = new Pool(origin, { connections, pipelining: 1, allowH2: false });
    const server = createServer((request, response) => {
      relay(receivers, pathname, request, response).catch((error: unknown) => {
        response.writeHead(502, { "content-length": 0 }).end();
        process.stderr.write(`relay: ${String(error)}\n`);
      });
    });
    return new Promise((resolve) => {
      server.listen(0, "127.0.0.1", () => resolve({ port: (server.address() as AddressInfo).port }));
    });
  },
} satisfies RelayCalls);

async function relay(receivers: Pool, path: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await readBody(request);
  lastId += 1;
  const id = `evt_${lastId}`;
  const timestamp = Math.floor(Date.now() / 1_000);
  const signature = createHmac("sha256", secret).update(`${id}.${timestamp}.`).update(body).digest("base64");
  const delivery = await receivers.request({
    method: "POST",
    path,
    headers: {
      "content-type": "application/json",
      "webhook-id": id,
      "webhook-timestamp": String(timestamp),
      "webhook-signature": `v1,${signature}`,
    },
    body,
  });
  await delivery.body.dump();
  const answer = JSON.stringify({ id });
  const status = delivery.statusCode < 300 ? 202 : 502;
  response.writeHead(status, { "content-type": "application/json", "content-length": answer.length }).end(answer);
}

function readBody(request: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => resolve(Buffer.concat(chunks)));
    request.on("error", reject);
  });
}
