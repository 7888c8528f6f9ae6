import { once } from "node:events";
import { createServer } from "node:net";
import type { AddressInfo, Socket } from "node:net";

import { expect, onTestFinished, test } from "vitest";

import { answer, hang, holdUntil } from "../../../../devkit/receivers/misbehaviours.ts";
import { answerOk, startReceiver } from "../../../../devkit/receivers/start-receiver.ts";
import { createEgressGuard } from "../../egress/egress-guard.ts";
import { classifyExchange } from "./classify-exchange.ts";
import type { PoolLimits } from "./connection-pool.ts";
import { createCourier } from "./deliver.ts";

async function setup(limits?: Partial<PoolLimits>) {
  const guard = createEgressGuard({ allow: ["127.0.0.0/8"], nowMs: () => performance.now() });
  const courier = createCourier({ guard, now: () => new Date(0), limits });
  onTestFinished(async () => {
    await courier[Symbol.asyncDispose]();
    guard[Symbol.dispose]();
  });
  const deliver = (url: string, timeoutMs = 10_000) =>
    courier.deliver({ url, authorization: null, headers: [], body: Buffer.from("{}"), timeoutMs, verifyTls: true });
  const receive = async (...options: Parameters<typeof startReceiver>) => {
    const receiver = await startReceiver(...options);
    onTestFinished(() => receiver[Symbol.asyncDispose]());
    return receiver;
  };
  return { courier, deliver, receive };
}

/** A receiver of raw sockets: `serve` gets each socket with its number from 1, once a whole request arrived on it. */
async function receiveRaw(serve: (socket: Socket, requestOfSocket: number, socketNumber: number) => void) {
  let accepted = 0;
  const requests: number[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    const socketNumber = (accepted += 1);
    let requestOfSocket = 0;
    sockets.add(socket);
    socket.on("error", () => undefined);
    socket.on("data", (data) => {
      if (!data.includes("{}")) return;
      requests.push(socketNumber);
      serve(socket, (requestOfSocket += 1), socketNumber);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, requests };
}

const OK = "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";

test("requests one after the other share a socket, and say so", async () => {
  const { deliver, receive } = await setup();
  const receiver = await receive();
  await deliver(receiver.url);
  const second = await deliver(receiver.url);
  expect(second).toMatchObject({ address: "127.0.0.1", timings: { reused: true, connectMs: null } });
  expect(receiver.sockets).toBe(1);
});

test("a receiver that closes after each answer gets a new socket each time", async () => {
  const { deliver, receive } = await setup();
  const receiver = await receive({ react: answer(200, { connection: "close" }) });
  const exchanges = [await deliver(receiver.url), await deliver(receiver.url), await deliver(receiver.url)];
  expect(exchanges.map((exchange) => exchange.timings.reused)).toEqual([false, false, false]);
  expect(receiver.sockets).toBe(3);
});

test("an idle socket that the receiver closed while a request was written costs no failure", async () => {
  const receiver = await receiveRaw((socket, requestOfSocket) => {
    if (requestOfSocket === 1) socket.write(OK);
    else socket.resetAndDestroy();
  });
  const { deliver } = await setup();
  await deliver(receiver.url);
  const second = await deliver(receiver.url);
  expect(second).toMatchObject({ failure: null, answer: { status: 200 }, timings: { reused: false } });
  expect(receiver.requests).toEqual([1, 1, 2]);
});

test("a request is sent again once only, and never on a socket that was new", async () => {
  let isUp = true;
  const receiver = await receiveRaw((socket) => void (isUp ? socket.write(OK) : socket.resetAndDestroy()));
  const { deliver } = await setup();
  await deliver(receiver.url);
  isUp = false;
  expect(classifyExchange(await deliver(receiver.url))).toMatchObject({ class: "connection_reset" });
  expect(receiver.requests).toEqual([1, 1, 2]);
  expect(classifyExchange(await deliver(receiver.url))).toMatchObject({ class: "connection_reset" });
  expect(receiver.requests).toEqual([1, 1, 2, 3]);
});

test("a request is not sent again once a byte of an answer arrived", async () => {
  const receiver = await receiveRaw((socket, requestOfSocket) => {
    if (requestOfSocket === 1) socket.write(OK);
    else socket.write("HTTP/1.1 20", () => socket.end());
  });
  const { deliver } = await setup();
  await deliver(receiver.url);
  expect(classifyExchange(await deliver(receiver.url))).toMatchObject({ class: "connection_reset" });
  expect(receiver.requests).toEqual([1, 1]);
});

test("the second sending has what is left of the time, no more", async () => {
  const receiver = await receiveRaw((socket, requestOfSocket, socketNumber) => {
    if (socketNumber === 1 && requestOfSocket === 1) socket.write(OK);
    else if (socketNumber === 1) socket.resetAndDestroy();
  });
  const { deliver } = await setup();
  await deliver(receiver.url);
  const second = await deliver(receiver.url, 400);
  expect(classifyExchange(second)).toMatchObject({ class: "headers_timeout" });
  expect(second.timings.totalMs).toBeLessThan(2_000);
});

test("an origin has at most its share of sockets, and all its requests are served", async () => {
  const { courier, deliver, receive } = await setup({ socketsPerOrigin: 4 });
  const receiver = await receive();
  const exchanges = await Promise.all(Array.from({ length: 100 }, () => deliver(receiver.url)));
  expect(exchanges.every((exchange) => exchange.answer?.status === 200)).toBe(true);
  expect(receiver.sockets).toBe(4);
  expect(courier.stats()).toEqual({ openSockets: 4, idleSockets: 4, origins: 1, inFlight: 0, waiting: 0 });
});

test("all origins together have at most so many sockets, and take turns", async () => {
  const { courier, deliver, receive } = await setup({ sockets: 3 });
  const receivers = await Promise.all(Array.from({ length: 6 }, () => receive()));
  const exchanges = await Promise.all(
    receivers.flatMap((receiver) => Array.from({ length: 20 }, () => deliver(receiver.url))),
  );
  expect(exchanges.every((exchange) => exchange.answer?.status === 200)).toBe(true);
  expect(courier.stats().openSockets).toBeLessThanOrEqual(3);
});

test("an origin with a long queue does not keep another from its turn", async () => {
  const { deliver, receive } = await setup({ sockets: 1 });
  const [busy, other] = [await receive(), await receive()];
  let served = 0;
  const queue = Array.from({ length: 50 }, () => deliver(busy.url).then(() => (served += 1)));
  await deliver(other.url);
  expect(served).toBeLessThan(10);
  await Promise.all(queue);
});

test("an idle socket of one origin makes room for another at once", async () => {
  const { courier, deliver, receive } = await setup({ sockets: 1 });
  const [first, second] = [await receive(), await receive()];
  for (const receiver of [first, second, first, second]) {
    // Less than the 4 s after which an idle socket closes by itself.
    expect((await deliver(receiver.url, 2_000)).answer?.status).toBe(200);
  }
  expect(courier.stats().openSockets).toBe(1);
});

test("with every socket held by hanging receivers another origin waits its turn and is then served", async () => {
  const { deliver, receive } = await setup({ sockets: 2 });
  const hanging = await receive({ react: hang });
  const other = await receive();
  const stuck = [deliver(hanging.url, 300), deliver(hanging.url, 300), deliver(hanging.url, 300)];
  await hanging.waitForRequests(2);
  const exchange = await deliver(other.url);
  expect(exchange.answer?.status).toBe(200);
  for (const ended of await Promise.all(stuck)) {
    expect(classifyExchange(ended)).toMatchObject({ outcome: expect.stringMatching(/timed_out|unreachable/) });
  }
});

test("a request that never gets a socket ends in its time and says that this server was full", async () => {
  const { courier, deliver, receive } = await setup({ sockets: 1 });
  const released = Promise.withResolvers<void>();
  const receiver = await receive({ react: holdUntil(released.promise, answerOk) });
  const first = deliver(receiver.url);
  await receiver.waitForRequests(1);
  const second = await deliver(receiver.url, 100);
  expect(second).toMatchObject({ answer: null, address: null, failure: { detail: expect.stringContaining("busy") } });
  released.resolve();
  expect((await first).answer?.status).toBe(200);
  expect(courier.stats()).toMatchObject({ inFlight: 0, waiting: 0 });
});

test("origins that nobody uses are forgotten beyond the limit, the oldest first", async () => {
  const { courier, deliver, receive } = await setup({ idleOrigins: 2 });
  const receivers = await Promise.all(Array.from({ length: 5 }, () => receive()));
  for (const receiver of receivers) await deliver(receiver.url);
  expect(courier.stats()).toMatchObject({ origins: 2, idleSockets: 2 });
  const [oldest, , , , newest] = receivers;
  await deliver(newest!.url);
  await deliver(oldest!.url);
  expect([newest?.sockets, oldest?.sockets]).toEqual([1, 2]);
});

test("a Keep-Alive hint that leaves no time means a new socket for the next request", async () => {
  const { deliver, receive } = await setup();
  const receiver = await receive({ react: answer(200, { connection: "keep-alive", "keep-alive": "timeout=1" }) });
  await deliver(receiver.url);
  await deliver(receiver.url);
  expect(receiver.sockets).toBe(2);
});
