import { once } from "node:events";
import { createServer, request, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

import { expect, test } from "vitest";

import { EventStreams, STREAM_BEHIND_BYTES_MAX } from "./event-streams.ts";

/** A server that takes one request, and the two ends of its answer. */
async function connect(): Promise<{ server: ServerResponse; reader: Promise<IncomingMessage> } & AsyncDisposable> {
  const taken = Promise.withResolvers<ServerResponse>();
  const http = createServer((_, response) => taken.resolve(response));
  http.listen(0, "127.0.0.1");
  await once(http, "listening");
  const sent = request({ port: (http.address() as AddressInfo).port, host: "127.0.0.1" });
  const reader = new Promise<IncomingMessage>((resolve, reject) => {
    sent.once("response", resolve).once("error", reject);
  });
  reader.catch(() => {});
  sent.end();
  return {
    server: await taken.promise,
    reader,
    async [Symbol.asyncDispose]() {
      sent.destroy();
      http.closeAllConnections();
      await new Promise<void>((resolve) => http.close(() => resolve()));
    },
  };
}

const closing = () => {
  const closed = Promise.withResolvers<void>();
  return {
    options: { headers: { "cache-control": "no-cache" }, onClose: () => closed.resolve() },
    closed: closed.promise,
  };
};

test("a stream begins at once, says that it lives, and is not ended but destroyed", async () => {
  await using connection = await connect();
  const streams = new EventStreams({ heartbeatMs: 5 });
  const { options, closed } = closing();
  const beats: number[] = [];
  const stream = streams.open(connection.server, { ...options, onHeartbeat: () => beats.push(1) });
  const answer = await connection.reader;
  expect([answer.statusCode, answer.headers["content-type"], answer.headers["cache-control"]]).toEqual([
    200,
    "text/event-stream",
    "no-cache",
  ]);
  stream.send("data: 1\n\n");
  let text = "";
  for await (const chunk of answer.iterator({ destroyOnReturn: false })) {
    text += String(chunk);
    if (text.includes("heartbeat\n\n: heartbeat")) break;
  }
  expect(text).toMatch(/^data: 1\n\n(?:: heartbeat\n\n)+$/);
  expect(beats.length).toBeGreaterThan(1);
  streams.close();
  await closed;
  await expect(answer.resume().toArray()).rejects.toThrow("aborted");
  stream.send("nothing happens");
});

test("a reader that does not read is destroyed when it is too far behind", async () => {
  await using connection = await connect();
  const { options, closed } = closing();
  const stream = new EventStreams().open(connection.server, options);
  const answer = await connection.reader;
  answer.pause();
  const frame = `data: ${"x".repeat(64 * 1024)}\n\n`;
  // Far more than what the two sockets hold beside our bound.
  for (let bytes = 0; bytes < 64 * STREAM_BEHIND_BYTES_MAX && !connection.server.destroyed; bytes += frame.length) {
    stream.send(frame);
  }
  await closed;
  expect(connection.server.writableLength).toBeLessThan(2 * STREAM_BEHIND_BYTES_MAX);
});

test("beyond its bound, and closed, it opens none; a reader that has gone leaves nothing behind", async () => {
  await using first = await connect();
  await using second = await connect();
  const streams = new EventStreams({ streamsMax: 1 });
  const { options, closed } = closing();
  const stream = streams.open(first.server, options);
  expect(() => streams.open(second.server, options)).toThrow("as many open streams");
  stream.destroy();
  await closed;
  const next = closing();
  const gone = once(second.server, "close");
  second.server.destroy();
  await gone;
  streams.open(second.server, next.options).send("nothing");
  await next.closed;
  streams.close();
  await using third = await connect();
  expect(() => streams.open(third.server, options)).toThrow("as many open streams");
});
