/**
 * The guard where it counts: at the socket. Loopback is not allowed here, so a receiver on it that sees a
 * connection is a hole.
 */
import { expect, onTestFinished, test } from "vitest";

import { answer } from "../../../../devkit/receivers/misbehaviours.ts";
import { startDnsServer } from "../../../../devkit/receivers/start-dns-server.ts";
import { startReceiver } from "../../../../devkit/receivers/start-receiver.ts";
import { checkTarget } from "../../egress/check-target.ts";
import { createEgressGuard } from "../../egress/egress-guard.ts";
import { classifyExchange } from "./classify-exchange.ts";
import { createCourier } from "./deliver.ts";

async function setup(allow: string[] = []) {
  const dns = await startDnsServer();
  const receiver = await startReceiver();
  const guard = createEgressGuard({ allow, nameServers: [dns.address], nowMs: () => performance.now() });
  const courier = createCourier({ guard, now: () => new Date(0) });
  onTestFinished(async () => {
    await courier[Symbol.asyncDispose]();
    guard[Symbol.dispose]();
    await receiver[Symbol.asyncDispose]();
    await dns[Symbol.asyncDispose]();
  });
  const deliver = (url: string, timeoutMs = 5_000) =>
    courier.deliver({ url, authorization: null, headers: [], body: Buffer.from("{}"), timeoutMs, verifyTls: true });
  return { dns, receiver, guard, courier, deliver };
}

const blocked = { outcome: "blocked", class: "blocked_address" };

test.each([
  "127.0.0.1",
  "127.1",
  "0x7f.0.0.1",
  "0177.0.0.1",
  "2130706433",
  "127.0.0.1.",
  "0.0.0.0",
  "0",
  "[::ffff:127.0.0.1]",
  "[::ffff:7f00:1]",
  "[::127.0.0.1]",
  "[64:ff9b::127.0.0.1]",
  "[2002:7f00:1::]",
  "localhost",
  "localhost.",
  "app.localhost",
])("a receiver on this machine is not reached as %s", async (host) => {
  const { receiver, courier, deliver } = await setup();
  const exchange = await deliver(`http://${host}:${receiver.port}/`);
  expect(classifyExchange(exchange)).toEqual(blocked);
  expect(exchange).toMatchObject({ answer: null, timings: { connectMs: null } });
  expect(receiver.sockets).toBe(0);
  expect(courier.stats().openSockets).toBe(0);
});

test.each([
  "10.0.0.1",
  "169.254.169.254",
  "100.64.0.1",
  "100.100.100.200",
  "172.16.0.1",
  "192.0.0.8",
  "192.0.2.1",
  "192.88.99.1",
  "192.168.1.1",
  "198.18.0.1",
  "198.51.100.1",
  "203.0.113.1",
  "224.0.0.1",
  "240.0.0.1",
  "255.255.255.255",
  "::",
  "::1",
  "::ffff:a00:1",
  "64:ff9b:1::1",
  "100::1",
  "2001::1",
  "2001:20::1",
  "2001:db8::1",
  "2002:a00:1::1",
  "3fff::1",
  "5f00::1",
  "fc00::1",
  "fd00:ec2::254",
  "fe80::1",
  "ff02::1",
])("%s is not dialled as a literal, nor by name, and is refused at create", async (address) => {
  const { dns, guard, deliver } = await setup();
  dns.set("target.test", [address]);
  const literal = `http://${address.includes(":") ? `[${address}]` : address}/`;
  for (const url of [literal, literal.replace("http:", "https:"), "http://target.test/", "https://target.test/"]) {
    expect(classifyExchange(await deliver(url)), url).toEqual(blocked);
    expect(await checkTarget(url, { guard, resolve: true }), url).toMatchObject({ code: "address_forbidden" });
  }
});

test("one forbidden address among public ones blocks the name", async () => {
  const { dns, deliver } = await setup();
  dns.set("both.test", ["93.184.215.14", "2606:2800::1", "10.0.0.1"]);
  expect(classifyExchange(await deliver("http://both.test/"))).toEqual(blocked);
});

test("a name that was public at create and is loopback at the connection is blocked and never dialled", async () => {
  const { dns, guard, receiver, deliver } = await setup();
  dns.set("rebind.test", ({ count }) => (count === 0 ? ["93.184.215.14"] : ["127.0.0.1"]));
  const url = `http://rebind.test:${receiver.port}/`;
  expect(await checkTarget(url, { guard, resolve: true })).toMatchObject({ ok: true });
  expect(classifyExchange(await deliver(url))).toEqual(blocked);
  expect(receiver.sockets).toBe(0);
});

test("a name that moves between two connections is judged again for the second", async () => {
  const { dns, receiver, deliver } = await setup(["127.0.0.0/8"]);
  receiver.react(answer(200, { connection: "close" }));
  dns.set("moving.test", ({ count, family }) => (family === 6 ? [] : count === 0 ? ["127.0.0.1"] : ["10.0.0.1"]));
  const url = `http://moving.test:${receiver.port}/`;
  expect((await deliver(url)).answer?.status).toBe(200);
  expect(classifyExchange(await deliver(url))).toEqual(blocked);
});

test("a redirect to a forbidden address is not followed", async () => {
  const { dns, receiver, deliver } = await setup(["127.0.0.1/32"]);
  const inside = await startReceiver({ host: "127.0.0.2" });
  onTestFinished(() => inside[Symbol.asyncDispose]());
  dns.set("front.test", ["127.0.0.1"]);
  receiver.react(answer(307, { location: inside.url }));
  const exchange = await deliver(`http://front.test:${receiver.port}/`);
  expect(classifyExchange(exchange)).toEqual({ outcome: "rejected", class: "http_redirect" });
  expect(inside.sockets).toBe(0);
});

test("an address outside of the opened range stays blocked beside one that is open", async () => {
  const { receiver, deliver } = await setup(["127.0.0.2/32"]);
  expect(classifyExchange(await deliver(`http://127.0.0.1:${receiver.port}/`))).toEqual(blocked);
  expect(receiver.sockets).toBe(0);
});

test("names are dialled at the address that was judged, with the name in Host", async () => {
  const { dns, receiver, deliver } = await setup(["127.0.0.0/8"]);
  dns.set("shop.test", ["127.0.0.1"]);
  const exchange = await deliver(`http://shop.test:${receiver.port}/`);
  expect(exchange).toMatchObject({ address: "127.0.0.1", timings: { dnsMs: expect.any(Number) } });
  expect(receiver.requests[0]?.headers["host"]).toBe(`shop.test:${receiver.port}`);
});

test("a name whose first address refuses is reached at the next", async () => {
  const { dns, receiver, deliver } = await setup(["127.0.0.0/8", "::1/128"]);
  dns.set("two.test", ["127.0.0.9", "127.0.0.1", "::1"]);
  const exchange = await deliver(`http://two.test:${receiver.port}/`);
  expect(exchange).toMatchObject({ failure: null, address: "127.0.0.1" });
});

test("a port where nobody listens is connect_refused, and the detail names the address", async () => {
  const { receiver, deliver } = await setup(["127.0.0.0/8"]);
  await receiver[Symbol.asyncDispose]();
  const exchange = await deliver(`http://127.0.0.1:${receiver.port}/`);
  expect(classifyExchange(exchange)).toEqual({ outcome: "unreachable", class: "connect_refused" });
  expect(exchange.failure?.detail).toContain("127.0.0.1");
  expect(exchange.address).toBe("127.0.0.1");
});

test("a name that does not exist is dns_not_found", async () => {
  const { deliver } = await setup();
  const exchange = await deliver("https://missing.test/");
  expect(classifyExchange(exchange)).toEqual({ outcome: "unreachable", class: "dns_not_found" });
});

test("dead name servers end in the request's own time and hold up nobody else", async () => {
  const { dns, receiver, deliver } = await setup(["127.0.0.0/8"]);
  dns.set("alive.test", ["127.0.0.1"]);
  const dead = Array.from({ length: 60 }, (_, index) => {
    dns.set(`dead-${index}.test`, "silence");
    return deliver(`http://dead-${index}.test/`, 1_000);
  });
  const exchange = await deliver(`http://alive.test:${receiver.port}/`);
  expect(exchange.answer?.status).toBe(200);
  expect(exchange.timings.totalMs).toBeLessThan(900);
  for (const stuck of await Promise.all(dead)) {
    expect(classifyExchange(stuck)).toEqual({ outcome: "unreachable", class: "dns_timeout" });
    expect(stuck.timings.totalMs).toBeLessThan(2_500);
  }
});
