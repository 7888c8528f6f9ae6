import { expect, onTestFinished, test } from "vitest";

import { answer, holdUntil } from "../../../../devkit/receivers/misbehaviours.ts";
import { answerOk, startReceiver } from "../../../../devkit/receivers/start-receiver.ts";
import type { ReceiverOptions } from "../../../../devkit/receivers/start-receiver.ts";
import { createEgressGuard } from "../../egress/egress-guard.ts";
import { createCourier } from "./deliver.ts";
import type { DeliverRequest } from "./exchange.ts";

const NOW = new Date("2026-03-01T12:00:00.000Z");

async function setup(options: { receiver?: ReceiverOptions; limits?: object } = {}) {
  const receiver = await startReceiver(options.receiver);
  const guard = createEgressGuard({ allow: ["127.0.0.0/8", "::1/128"], nowMs: () => performance.now() });
  const courier = createCourier({ guard, now: () => NOW, limits: options.limits });
  onTestFinished(async () => {
    await courier[Symbol.asyncDispose]();
    guard[Symbol.dispose]();
    await receiver[Symbol.asyncDispose]();
  });
  const deliver = (request: Partial<DeliverRequest> = {}) =>
    courier.deliver({
      url: `${receiver.url}/hooks`,
      authorization: null,
      headers: [["content-type", "application/json"]],
      body: Buffer.from("{}"),
      timeoutMs: 5_000,
      verifyTls: true,
      ...request,
    });
  return { receiver, guard, courier, deliver };
}

test("the body and the headers arrive byte for byte", async () => {
  const { receiver, deliver } = await setup();
  const body = Buffer.from([0, 255, 0x7b, 0x0a, 0xc3, 0xbc]);
  await deliver({
    url: `${receiver.url}/a%20b?c=d&e=%C3%BC`,
    body,
    headers: [
      ["Content-Type", "application/octet-stream"],
      ["webhook-id", "evt_1"],
      ["User-Agent", "Posthorn"],
    ],
  });
  const [request] = await receiver.waitForRequests(1);
  expect(request).toMatchObject({ method: "POST", path: "/a%20b?c=d&e=%C3%BC" });
  expect(request?.body.equals(body)).toBe(true);
  expect(request?.rawHeaders).toEqual([
    ...["host", `127.0.0.1:${receiver.port}`],
    ...["connection", "keep-alive"],
    ...["Content-Type", "application/octet-stream"],
    ...["webhook-id", "evt_1"],
    ...["User-Agent", "Posthorn"],
    ...["content-length", "6"],
  ]);
});

test("the exchange shows the request headers exactly as they went out", async () => {
  const { receiver, deliver } = await setup();
  const exchange = await deliver({ headers: [["x-one", "1"]] });
  const [request] = await receiver.waitForRequests(1);
  expect(exchange.requestHeaders.flat()).toEqual(request?.rawHeaders);
});

test("the exchange holds the answer, the address, the times and the start by the given clock", async () => {
  const { deliver } = await setup({ receiver: { react: answer(201, { "X-Kind": "a" }, "thanks") } });
  const exchange = await deliver();
  expect(exchange).toMatchObject({ startedAt: NOW, failure: null, address: "127.0.0.1", tls: null });
  expect(exchange.answer).toMatchObject({ status: 201, bodyBytes: 6, truncated: false });
  expect(exchange.answer?.headers).toContainEqual(["x-kind", "a"]);
  expect(Buffer.from(exchange.answer?.body ?? []).toString()).toBe("thanks");
  expect(exchange.timings).toEqual({
    dnsMs: null,
    connectMs: expect.any(Number),
    tlsMs: null,
    firstByteMs: expect.any(Number),
    totalMs: expect.any(Number),
    reused: false,
  });
});

test("an empty body and a large one arrive whole", async () => {
  const { receiver, deliver } = await setup();
  const large = Buffer.alloc(4 * 1024 * 1024, "x");
  await deliver({ body: new Uint8Array(0) });
  await deliver({ body: large });
  const [first, second] = await receiver.waitForRequests(2);
  expect(first?.headers["content-length"]).toBe("0");
  expect(second?.body.equals(large)).toBe(true);
});

test.each([301, 302, 303, 307, 308])("a %d redirect is not followed", async (status) => {
  const { receiver, deliver } = await setup();
  receiver.react(answer(status, { location: `${receiver.url}/elsewhere` }));
  const exchange = await deliver();
  expect(exchange.answer?.status).toBe(status);
  expect(receiver.requests.map(({ path }) => path)).toEqual(["/hooks"]);
});

test("credentials go out and are shown as ***", async () => {
  const { receiver, deliver } = await setup();
  const exchange = await deliver({ authorization: "Basic c2VjcmV0", headers: [["cookie", "also-secret"]] });
  const [request] = await receiver.waitForRequests(1);
  expect(request?.headers).toMatchObject({ authorization: "Basic c2VjcmV0", cookie: "also-secret" });
  expect(exchange.requestHeaders).toContainEqual(["authorization", "***"]);
  expect(exchange.requestHeaders).toContainEqual(["cookie", "***"]);
  expect(JSON.stringify(exchange)).not.toMatch(/c2VjcmV0|also-secret/);
});

test("an authorization header of the endpoint wins over the URL's credentials", async () => {
  const { receiver, deliver } = await setup();
  await deliver({ authorization: "Basic dXJs", headers: [["Authorization", "Bearer own"]] });
  const [request] = await receiver.waitForRequests(1);
  expect(request?.rawHeaders.filter((_, index, all) => all[index - 1]?.toLowerCase() === "authorization")).toEqual([
    "Bearer own",
  ]);
});

test("set-cookie of an answer is not kept", async () => {
  const { deliver } = await setup({ receiver: { react: answer(200, { "Set-Cookie": "session=1" }) } });
  expect(JSON.stringify(await deliver())).not.toContain("session=1");
});

test.each([
  ["x-a", "line\nbreak"],
  ["x-a", "line\r\nx-b: smuggled"],
  ["x-a", "nul\0"],
  ["x-a", "snow ☃"],
  ["x a", "name with a space"],
  ["", "no name"],
  ["content-length", "1"],
  ["Host", "other.example"],
  ["Transfer-Encoding", "chunked"],
  ["connection", "close"],
  ["expect", "100-continue"],
])("the header %j: %j fails cleanly and nothing is sent", async (name, value) => {
  const { receiver, deliver } = await setup();
  const exchange = await deliver({ headers: [[name, value]] });
  expect(exchange).toMatchObject({ answer: null, failure: { class: "internal_error" } });
  expect(receiver.requests).toEqual([]);
  expect((await deliver()).answer?.status).toBe(200);
});

test.each(["", "nonsense", "ftp://127.0.0.1/", "http://"])("the URL %j fails cleanly", async (url) => {
  const { deliver } = await setup();
  expect(await deliver({ url })).toMatchObject({ answer: null, failure: { class: "internal_error" } });
});

test("a signal ends the request at once, before and during it", async () => {
  const { receiver, deliver } = await setup();
  const never = Promise.withResolvers<void>();
  receiver.react(holdUntil(never.promise, answerOk));
  expect(await deliver({ signal: AbortSignal.abort() })).toMatchObject({ failure: { class: "internal_error" } });
  const abort = new AbortController();
  const delivery = deliver({ signal: abort.signal, timeoutMs: 60_000 });
  await receiver.waitForRequests(1);
  abort.abort();
  expect(await delivery).toMatchObject({ answer: null, failure: { class: "internal_error" } });
});

test("disposing ends what is in flight, closes every socket, and refuses what comes after", async () => {
  const { receiver, courier, deliver } = await setup();
  await deliver();
  const never = Promise.withResolvers<void>();
  receiver.react(holdUntil(never.promise, answerOk));
  const delivery = deliver({ timeoutMs: 60_000 });
  await receiver.waitForRequests(2);
  expect(courier.stats()).toMatchObject({ inFlight: 1, openSockets: 1, origins: 1 });
  await courier[Symbol.asyncDispose]();
  expect(await delivery).toMatchObject({ failure: { class: "internal_error" } });
  expect(await deliver()).toMatchObject({ failure: { class: "internal_error" } });
  expect(courier.stats()).toMatchObject({ inFlight: 0, openSockets: 0, idleSockets: 0 });
});
