/**
 * Promise 6: a receiver that hangs, fails, is rate-limited or has a dead name server does not slow the others. What is
 * bad stays bad while the good one's events come and go: none of the good ones may need the bad one's end. The node has
 * room for a few endpoints at their cap, and the backlog of the bad one is many times that.
 */
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";

import { answer, hang, reset } from "../../../devkit/receivers/misbehaviours.ts";
import { type DnsServer, startDnsServer } from "../../../devkit/receivers/start-dns-server.ts";
import { type Reaction, type Receiver, startReceiver } from "../../../devkit/receivers/start-receiver.ts";
import { startTestServer, type TestServer } from "../support/start-server.ts";
import { EVENT_TYPE, type StoryEndpoint, type StoryTenant, storyTenant } from "../support/story-tenant.ts";

let server: TestServer;
let dns: DnsServer;
let bad: StoryTenant;
let good: StoryTenant;
let goodReceiver: Receiver;

const BACKLOG = 300;
const GOOD_EVENTS = 40;
/** Far beyond what a good delivery takes on the slowest machine; the deadline never comes into it. */
const DEADLINE_MS = 60_000;

beforeAll(async () => {
  dns = await startDnsServer();
  dns.set("good.test", ["127.0.0.1"]);
  server = await startTestServer({ overrides: { nameServers: [dns.address] }, config: { maxInFlight: 40 } });
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await dns[Symbol.asyncDispose]();
});
beforeEach(async (context) => {
  bad = await storyTenant(server);
  good = await storyTenant(server);
  goodReceiver = await startReceiver();
  // By name, so that name servers have a part in it.
  await good.endpoint(`http://good.test:${goodReceiver.port}/`);
  context.onTestFinished(async () => {
    await bad.client.delete(bad.path);
    await goodReceiver[Symbol.asyncDispose]();
  });
});

async function publishMany(tenant: StoryTenant, count: number): Promise<void> {
  for (let done = 0; done < count; done += 100) {
    const events = Array.from({ length: Math.min(100, count - done) }, (_, n) => ({ type: EVENT_TYPE, data: { n } }));
    const { status, text } = await tenant.client.post(`${tenant.path}/events/batch`, { events });
    expect(status, text).toBe(202);
  }
}

/** One at a time and many at once. */
async function expectGoodGoesOn(): Promise<void> {
  for (let sent = 1; sent <= 5; sent += 1) {
    await good.publish();
    await goodReceiver.waitForRequests(sent);
  }
  await publishMany(good, GOOD_EVENTS);
  await goodReceiver.waitForRequests(5 + GOOD_EVENTS);
}

const deliveriesTo = async ({ id }: StoryEndpoint, filter: string) =>
  (await bad.client.get(`${bad.path}/deliveries?endpointId=${id}&limit=250&${filter}`)).body.data;

it.each<[string, Reaction, object]>([
  ["hangs", hang, { timeoutMs: DEADLINE_MS }],
  ["hangs, with a rate limit of its own", hang, { timeoutMs: DEADLINE_MS, rateLimitPerSecond: 1 }],
  ["fails every time", answer(500), { retryWaits: [1, 1, 1] }],
  ["resets every connection", reset, { retryWaits: [1, 1, 1] }],
])("a receiver that %s", async (_what, reaction, settings) => {
  const receiver = await startReceiver({ react: reaction });
  await bad.endpoint(receiver.url, settings);
  await publishMany(bad, BACKLOG);
  await receiver.waitForRequests(1);
  await expectGoodGoesOn();
  await receiver[Symbol.asyncDispose]();
});

it("a receiver that hangs to the deadline, whose deliveries then are retried like others", async () => {
  const receiver = await startReceiver({ react: hang });
  const endpoint = await bad.endpoint(receiver.url, { timeoutMs: 1_000, maxInFlight: 4 });
  await publishMany(bad, 4);
  await receiver.waitForRequests(4);
  await expectGoodGoesOn();
  const ended = await server.until(async () => {
    const timedOut = await deliveriesTo(endpoint, "class=headers_timeout");
    return timedOut.length === 4 ? timedOut : null;
  });
  for (const delivery of ended) expect(delivery).toMatchObject({ state: "pending", attemptCount: 1 });
  await receiver[Symbol.asyncDispose]();
});

it("a receiver that asks for time, which costs it no try and keeps the rest of its backlog at home", async () => {
  const receiver = await startReceiver({ react: answer(429, { "retry-after": "3600" }) });
  const endpoint = await bad.endpoint(receiver.url, { maxInFlight: 1 });
  const first = await bad.publish();
  const deferred = await bad.delivery(first, endpoint.id, "pending");
  expect(deferred).toMatchObject({ attemptCount: 0, lastClass: "http_rate_limited" });
  await publishMany(bad, BACKLOG);
  await server.advance(60_000);
  await expectGoodGoesOn();
  expect(receiver.requests).toHaveLength(1);
  const waiting = await deliveriesTo(endpoint, "state=pending");
  expect(waiting.length).toBeGreaterThanOrEqual(250);
  for (const { attemptCount } of waiting) expect(attemptCount).toBe(0);
  await receiver[Symbol.asyncDispose]();
});

it("a receiver whose name servers are dead", async () => {
  dns.set("dead.test", "silence");
  const endpoint = await bad.endpoint("http://dead.test:9/", { retryWaits: [1] });
  await publishMany(bad, BACKLOG);
  await expectGoodGoesOn();
  await server.until(async () => ((await deliveriesTo(endpoint, "class=dns_timeout")).length > 0 ? true : null));
});

it("hurts no other endpoint of the same events either", async () => {
  const receiver = await startReceiver({ react: hang });
  const second = await startReceiver();
  await bad.endpoint(receiver.url, { timeoutMs: DEADLINE_MS });
  await bad.endpoint(second.url);
  await publishMany(bad, 100);
  await second.waitForRequests(100);
  await receiver[Symbol.asyncDispose]();
  await second[Symbol.asyncDispose]();
});
