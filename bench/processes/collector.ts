/** A collector of traces that takes whatever it is sent (OTLP over HTTP, as JSON), and counts the spans. */
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";

import { answerCalls } from "./answer-calls.ts";

export interface CollectorCalls {
  listen(input: null): Promise<{ readonly port: number }>;
  /** Since it listens. */
  countSpans(input: null): number;
}

/** Each span has one; its parent's has another name. */
const SPAN = Buffer.from('"spanId":');

let spans = 0;

answerCalls({
  listen() {
    const server = createServer((request, response) => {
      readBody(request).then(
        (body) => {
          spans += count(body, SPAN);
          response.writeHead(200, { "content-type": "application/json" }).end("{}");
        },
        () => response.destroy(),
      );
    });
    return new Promise((resolve) => {
      server.listen(0, "127.0.0.1", () => resolve({ port: (server.address() as AddressInfo).port }));
    });
  },
  countSpans: () => spans,
} satisfies CollectorCalls);

/** Without parsing: what a collector does with spans is not what is measured. */
function count(body: Buffer, part: Buffer): number {
  let found = 0;
  for (let at = body.indexOf(part); at >= 0; at = body.indexOf(part, at + part.length)) found += 1;
  return found;
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
