/** Promise 2: a delivery ends succeeded, exhausted or cancelled; an endpoint that succeeded is not sent to again. */
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";

import { answer, holdUntil } from "../../../devkit/receivers/misbehaviours.ts";
import { answerOk, type Receiver, startReceiver } from "../../../devkit/receivers/start-receiver.ts";
import { openPostgres } from "../../src/db/postgres.ts";
import { rescueLeases } from "../../src/db/queries/rescue-leases.ts";
import { describeWithPostgres, openTestDatabase, type TestDatabase } from "../support/database.ts";
import { startTestServer, type TestServer } from "../support/start-server.ts";
import { EVENT_TYPE, type StoryTenant, storyTenant } from "../support/story-tenant.ts";

let database: TestDatabase;
let server: TestServer;
let tenant: StoryTenant;
let good: Receiver;
let bad: Receiver;

beforeAll(async () => {
  database = await openTestDatabase();
  server = await startTestServer({ database });
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
});
beforeEach(async (context) => {
  tenant = await storyTenant(server);
  good = await startReceiver();
  bad = await startReceiver();
  context.onTestFinished(async () => {
    await good[Symbol.asyncDispose]();
    await bad[Symbol.asyncDispose]();
  });
});

it("tries each endpoint for itself: the one that accepted gets nothing again while the other is retried", async () => {
  bad.react(answer(500));
  const [first, second] = [await tenant.endpoint(good.url), await tenant.endpoint(bad.url, { retryWaits: [60] })];
  const event = await tenant.publish();
  expect((await tenant.delivery(event, first.id, "succeeded")).attempts).toHaveLength(1);
  await tenant.delivery(event, second.id, "pending");
  bad.react(answerOk);
  await server.advance(120_000);
  expect((await tenant.delivery(event, second.id, "succeeded")).attempts).toHaveLength(2);
  expect([good.requests.length, bad.requests.length]).toEqual([1, 2]);
});

it("ends exhausted when every try failed, and cancelled when its endpoint is disabled", async () => {
  bad.react(answer(500));
  const once = await tenant.endpoint(bad.url, { retryWaits: [] });
  const often = await tenant.endpoint(bad.url);
  const event = await tenant.publish();
  expect(await tenant.delivery(event, once.id, "exhausted")).toMatchObject({ reason: null, attemptCount: 1 });
  await tenant.delivery(event, often.id, "pending");
  await tenant.post(`${often.path}/disable`);
  expect(await tenant.delivery(event, often.id, "cancelled")).toMatchObject({ reason: "endpoint_disabled" });
});

it("takes over what a silent node held, and records nothing of it any more", async () => {
  const released = Promise.withResolvers<void>();
  bad.react(holdUntil(released.promise, answerOk));
  const endpoint = await tenant.endpoint(bad.url);
  const event = await tenant.publish();
  await bad.waitForRequests(1);

  // The node is declared dead while its request is on its way; the delivery is claimed anew and accepted.
  const now = server.clock.now();
  await rescueLeases(database, { now, silentBefore: new Date(now.getTime() + 1) });
  bad.react(answerOk);
  await server.advance(0);
  const delivery = await tenant.delivery(event, endpoint.id, "succeeded");
  released.resolve();
  expect(await server.server.engine.membership.runOnce()).toBe(false);
  expect(delivery.attempts).toHaveLength(1);
  await bad.waitForRequests(2);
});

it("loses nothing of a server that stops with requests on their way", async () => {
  // Of its own: the server of the other tests would take over what the stopped one gives back.
  await using own = await openTestDatabase();
  const released = Promise.withResolvers<void>();
  bad.react(holdUntil(released.promise, answerOk));
  const first = await startTestServer({ database: own });
  const owner = await storyTenant(first);
  const endpoint = await owner.endpoint(bad.url, { maxInFlight: 1 });
  const events = [await owner.publish(), await owner.publish(), await owner.publish()];
  await bad.waitForRequests(1);
  await first[Symbol.asyncDispose]();
  released.resolve();

  bad.react(answerOk);
  const next = await startTestServer({ database: own, clock: first.clock, config: { rootKey: first.rootKey } });
  const later = { ...owner, client: next.client() };
  for (const event of events) {
    const [found] = await next.until(async () => {
      const list = await later.client.get(`${owner.path}/deliveries?eventId=${event}&endpointId=${endpoint.id}`);
      return list.body.data[0]?.state === "succeeded" ? list.body.data : null;
    });
    expect(found.run).toBe(1);
  }
  expect(bad.requests.length).toBe(4);
  await next[Symbol.asyncDispose]();
});

it("begins another run when it is resent, and ends again", async () => {
  const endpoint = await tenant.endpoint(good.url);
  const event = await tenant.publish();
  const { id } = await tenant.delivery(event, endpoint.id, "succeeded");
  await tenant.post(`deliveries/${id}/resend`);
  await good.waitForRequests(2);
  const again = await server.until(async () => {
    const delivery = await tenant.delivery(event, endpoint.id, "succeeded");
    return delivery.run === 2 ? delivery : null;
  });
  expect(again.attempts.map(({ run, number }) => [run, number])).toEqual([
    [2, 1],
    [1, 1],
  ]);
});

describeWithPostgres("two nodes", () => {
  const EVENTS = 20;

  it("share what waits: each endpoint gets each event once, and again only what it failed", async () => {
    await using shared = await openTestDatabase();
    await using connections = await openPostgres({ url: shared.url ?? "", poolSize: 4 });
    await using other = await startReceiver();
    const { clock, rootKey } = server;
    const startBoth = async (): Promise<[TestServer, TestServer]> => [
      await startTestServer({ database: shared, clock, config: { rootKey } }),
      await startTestServer({ database: shared, clock, config: { rootKey }, overrides: { database: connections } }),
    ];
    // What is on its way is finished and recorded by a stop.
    const stop = (nodes: TestServer[]) => Promise.all(nodes.map((node) => node.server.stop()));

    bad.react(answer(500));
    const before = await startBoth();
    const owner = await storyTenant(before[0]);
    await owner.endpoint(good.url);
    await owner.endpoint(other.url);
    const failing = await owner.endpoint(bad.url, { retryWaits: [60] });
    for (let sent = 0; sent < EVENTS; sent += 1) {
      const client = before[sent % 2 === 0 ? 0 : 1].client();
      const { status } = await client.post(`${owner.path}/events`, { type: EVENT_TYPE, data: { sent } });
      expect(status).toBe(202);
    }
    for (const receiver of [good, other, bad]) await receiver.waitForRequests(EVENTS);
    await stop(before);

    bad.react(answerOk);
    clock.advance(120_000);
    const after = await startBoth();
    await Promise.all(after.map((node) => node.advance(0)));
    await bad.waitForRequests(2 * EVENTS);
    await stop(after);

    await using reader = await startTestServer({ database: shared, clock, config: { rootKey } });
    const { data } = (await reader.client().get(`${owner.path}/deliveries?limit=250`)).body;
    expect(data).toHaveLength(3 * EVENTS);
    for (const { state, endpointId, attemptCount } of data) {
      expect([state, attemptCount]).toEqual(["succeeded", endpointId === failing.id ? 2 : 1]);
    }
    for (const [receiver, times] of [
      [good, 1],
      [other, 1],
      [bad, 2],
    ] as const) {
      const ids = Map.groupBy(receiver.requests, ({ headers }) => headers["webhook-id"]);
      expect([...ids.values()].map((requests) => requests.length)).toEqual(Array.from({ length: EVENTS }, () => times));
    }
  });
});
