/** Promise 6: a receiver that hangs, fails, is rate-limited or has a dead name server does not slow the others. */
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";

import { answer, hang, reset } from "../../../devkit/receivers/misbehaviours.ts";
import { type DnsServer, startDnsServer } from "../../../devkit/receivers/start-dns-server.ts";
import { type Reaction, type Receiver, startReceiver } from "../../../devkit/receivers/start-receiver.ts";
import { startTestServer, type TestServer } from "../support/start-server.ts";
import { EVENT_TYPE, type StoryTenant, storyTenant } from "../support/story-tenant.ts";

let server: TestServer;
let dns: DnsServer;
let bad: StoryTenant;
let good: StoryTenant;
let goodReceiver: Receiver;

/** Many times what the endpoint may have in flight, and more than the node may. */
const BACKLOG = 300;
const GOOD_EVENTS = 20;
/** On a busy machine; what hangs takes seconds longer. */
const PROMPT_MS = 5_000;

beforeAll(async () => {
  dns = await startDnsServer();
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
  await good.endpoint(goodReceiver.url);
  context.onTestFinished(() => goodReceiver[Symbol.asyncDispose]());
});

async function publishMany(tenant: StoryTenant, count: number): Promise<void> {
  for (let done = 0; done < count; done += 100) {
    const events = Array.from({ length: Math.min(100, count - done) }, (_, n) => ({ type: EVENT_TYPE, data: { n } }));
    const { status, text } = await tenant.client.post(`${tenant.path}/events/batch`, { events });
    expect(status, text).toBe(202);
  }
}

async function expectGoodIsPrompt(): Promise<void> {
  const started = performance.now();
  for (let sent = 1; sent <= GOOD_EVENTS; sent += 1) {
    await good.publish();
    await goodReceiver.waitForRequests(sent);
  }
  expect(performance.now() - started).toBeLessThan(PROMPT_MS);
}

it.each<[string, Reaction, object]>([
  ["hangs", hang, { timeoutMs: 20_000 }],
  ["fails every time", answer(500), {}],
  ["resets every connection", reset, {}],
  ["asks for time", answer(429, { "retry-after": "3600" }), {}],
  ["is slow, with a rate limit of its own", hang, { timeoutMs: 20_000, rateLimitPerSecond: 1 }],
])("a receiver that %s", async (_what, reaction, settings) => {
  const receiver = await startReceiver({ react: reaction });
  await bad.endpoint(receiver.url, { retryWaits: [1, 1, 1], ...settings });
  await publishMany(bad, BACKLOG);
  await receiver.waitForRequests(1);
  await expectGoodIsPrompt();
  await bad.client.delete(bad.path);
  await receiver[Symbol.asyncDispose]();
});

it("a receiver whose name servers are dead", async () => {
  dns.set("dead.test", "silence");
  await bad.endpoint("http://dead.test:9/");
  await publishMany(bad, BACKLOG);
  await expectGoodIsPrompt();
  await bad.client.delete(bad.path);
});

it("hurts no other endpoint of the same events either", async () => {
  const receiver = await startReceiver({ react: hang });
  const second = await startReceiver();
  await bad.endpoint(receiver.url, { timeoutMs: 20_000 });
  await bad.endpoint(second.url, { maxInFlight: 100 });
  await publishMany(bad, 100);
  const started = performance.now();
  await second.waitForRequests(100);
  expect(performance.now() - started).toBeLessThan(PROMPT_MS);
  await bad.client.delete(bad.path);
  await receiver[Symbol.asyncDispose]();
  await second[Symbol.asyncDispose]();
});
