import { setTimeout as delay } from "node:timers/promises";

import { expect, onTestFinished, test } from "vitest";

import * as misbehave from "../../../../devkit/receivers/misbehaviours.ts";
import { answerOk, startReceiver } from "../../../../devkit/receivers/start-receiver.ts";
import type { Reaction } from "../../../../devkit/receivers/start-receiver.ts";
import { createEgressGuard } from "../../egress/egress-guard.ts";
import { classifyExchange } from "./classify-exchange.ts";
import { createCourier } from "./deliver.ts";

const TIMEOUT_MS = 400;
/** What a busy machine may add; the point is that nothing waits for a receiver. */
const SLACK_MS = 3_000;

async function setup(reaction: Reaction) {
  const receiver = await startReceiver({ react: reaction });
  const guard = createEgressGuard({ allow: ["127.0.0.0/8"], nowMs: () => performance.now() });
  const courier = createCourier({ guard, now: () => new Date(0) });
  onTestFinished(async () => {
    await courier[Symbol.asyncDispose]();
    guard[Symbol.dispose]();
    await receiver[Symbol.asyncDispose]();
  });
  const deliver = (timeoutMs = TIMEOUT_MS) =>
    courier.deliver({
      url: receiver.url,
      authorization: null,
      headers: [],
      body: Buffer.from("{}"),
      timeoutMs,
      verifyTls: true,
    });
  return { receiver, courier, deliver };
}

test.each<[string, Reaction, string, string]>([
  ["says nothing", misbehave.hang, "timed_out", "headers_timeout"],
  ["stalls in its headers", misbehave.stallInHeaders, "timed_out", "headers_timeout"],
  ["stalls in its body", misbehave.stallInBody, "timed_out", "body_timeout"],
  ["drips its body", misbehave.drip, "timed_out", "body_timeout"],
  ["sends interim answers for ever", misbehave.endlessInterimAnswers, "rejected", "response_invalid"],
  ["sends headers for ever", misbehave.endlessHeaders, "rejected", "response_invalid"],
  ["speaks another protocol", misbehave.invalidHttp, "rejected", "response_invalid"],
  ["closes without an answer", misbehave.close, "unreachable", "connection_reset"],
  ["resets the connection", misbehave.reset, "unreachable", "connection_reset"],
  [
    "closes in its headers",
    misbehave.sendRawAndClose("HTTP/1.1 200 OK\r\ncontent-ty"),
    "unreachable",
    "connection_reset",
  ],
  [
    "closes in a body of known length",
    misbehave.sendRawAndClose("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf"),
    "unreachable",
    "connection_reset",
  ],
  [
    "closes in a chunked body",
    misbehave.sendRawAndClose("HTTP/1.1 200 OK\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhe"),
    "unreachable",
    "connection_reset",
  ],
  [
    "sends a broken chunk",
    misbehave.sendRaw("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nxyz\r\n"),
    "rejected",
    "response_invalid",
  ],
  [
    "sends two lengths",
    misbehave.sendRaw("HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab"),
    "rejected",
    "response_invalid",
  ],
  [
    "switches protocols",
    misbehave.sendRaw("HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n"),
    "rejected",
    "response_invalid",
  ],
])("a receiver that %s ends in time as it should", async (_name, reaction, outcome, errorClass) => {
  const { courier, receiver, deliver } = await setup(reaction);
  const startedAtMs = performance.now();
  const exchange = await deliver();
  expect(performance.now() - startedAtMs).toBeLessThan(TIMEOUT_MS + SLACK_MS);
  expect(classifyExchange(exchange)).toEqual({ outcome, class: errorClass });
  expect(courier.stats()).toMatchObject({ inFlight: 0, idleSockets: 0 });

  receiver.react(answerOk);
  expect(classifyExchange(await deliver(5_000))).toEqual({ outcome: "accepted", class: null });
});

test.each<[string, Reaction]>([
  [
    "after an interim answer",
    misbehave.sendRaw("HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"),
  ],
  ["ended by the close of the connection", misbehave.sendRawAndClose("HTTP/1.1 200 OK\r\n\r\nall of it")],
  ["of HTTP/1.0", misbehave.sendRawAndClose("HTTP/1.0 200 OK\r\n\r\nold")],
  ["without a body", misbehave.answer(204)],
])("an answer %s is accepted", async (_name, reaction) => {
  const { deliver } = await setup(reaction);
  expect(classifyExchange(await deliver(5_000))).toEqual({ outcome: "accepted", class: null });
});

test("an endless body is cut, its socket closed, and the status decides", async () => {
  const { receiver, courier, deliver } = await setup(misbehave.endlessBody);
  const { answer, failure } = await deliver(5_000);
  expect(failure).toBeNull();
  expect(answer).toMatchObject({ status: 200, truncated: true });
  expect(answer?.body.byteLength).toBe(16 * 1024);
  expect(answer?.bodyBytes).toBeLessThan(512 * 1024);
  expect(courier.stats().idleSockets).toBe(0);
  while (receiver.openSockets > 0) await delay(1);
});

test("a body within what is drained costs no connection", async () => {
  const { receiver, deliver } = await setup(misbehave.answer(200, {}, Buffer.alloc(256 * 1024, "x")));
  const first = await deliver(5_000);
  await deliver(5_000);
  expect(first.answer).toMatchObject({ bodyBytes: 256 * 1024, truncated: true });
  expect(receiver.sockets).toBe(1);
});

test("a compressed bomb is kept as it came, unopened", async () => {
  const { receiver, deliver } = await setup(misbehave.gzipBomb);
  const { answer } = await deliver(10_000);
  expect(answer?.headers).toContainEqual(["content-encoding", "gzip"]);
  expect(answer?.body.byteLength).toBe(16 * 1024);
  expect(receiver.requests[0]?.headers["accept-encoding"]).toBeUndefined();
});

test("many endless bodies cost a bounded amount of memory", async () => {
  const { deliver } = await setup(misbehave.endlessBody);
  await Promise.all(Array.from({ length: 20 }, () => deliver(10_000)));
  const before = process.memoryUsage();
  const exchanges = [];
  for (let round = 0; round < 10; round += 1) {
    exchanges.push(...(await Promise.all(Array.from({ length: 20 }, () => deliver(10_000)))));
  }
  const after = process.memoryUsage();
  expect(exchanges.every((exchange) => exchange.answer?.status === 200)).toBe(true);
  const grown = after.arrayBuffers + after.heapUsed - before.arrayBuffers - before.heapUsed;
  // 200 answers of 16 KiB are 3.2 MiB; the receiver's own buffers live in this process too.
  expect(grown).toBeLessThan(64 * 1024 * 1024);
});

test("a receiver that hangs does not hold up another", async () => {
  const hanging = await setup(misbehave.hang);
  const other = await startReceiver();
  onTestFinished(() => other[Symbol.asyncDispose]());
  const stuck = Array.from({ length: 100 }, () => hanging.deliver(60_000));
  await hanging.receiver.waitForRequests(100);
  const exchange = await hanging.courier.deliver({
    url: other.url,
    authorization: null,
    headers: [],
    body: Buffer.from("{}"),
    timeoutMs: 5_000,
    verifyTls: true,
  });
  expect(exchange.answer?.status).toBe(200);
  await hanging.courier[Symbol.asyncDispose]();
  await Promise.all(stuck);
});
