/**
 * Promise 5: a new, changed, paused or rotated endpoint and a revoked key count from the very next event. Each change is
 * made on one node and the next event is published on another, which knew the endpoint and the key before.
 */
import { Webhook } from "standardwebhooks";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";

import { holdUntil } from "../../../devkit/receivers/misbehaviours.ts";
import { answerOk, type Receiver, startReceiver } from "../../../devkit/receivers/start-receiver.ts";
import type { Database } from "../../src/db/database.ts";
import { openPostgres } from "../../src/db/postgres.ts";
import { openTestDatabase, type TestDatabase } from "../support/database.ts";
import { startTestServer, type TestServer } from "../support/start-server.ts";
import { EVENT_TYPE, type StoryEndpoint, type StoryTenant, storyTenant } from "../support/story-tenant.ts";

let database: TestDatabase;
/** On PostgreSQL the other node has connections of its own; the embedded database is one process's. */
let connections: Database;
let here: TestServer;
let there: TestServer;
/** The owner's calls go to one node, the publisher's to the other. */
let owner: StoryTenant;
let receiver: Receiver;
let endpoint: StoryEndpoint;
let sent = 0;

beforeAll(async () => {
  database = await openTestDatabase();
  here = await startTestServer({ database });
  connections = database.url === null ? database : await openPostgres({ url: database.url, poolSize: 4 });
  there = await startTestServer({
    database,
    clock: here.clock,
    config: { rootKey: here.rootKey },
    overrides: { database: connections },
  });
});
afterAll(async () => {
  await there[Symbol.asyncDispose]();
  await here[Symbol.asyncDispose]();
  if (connections !== database) await connections[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
});
beforeEach(async (context) => {
  owner = await storyTenant(here);
  receiver = await startReceiver();
  endpoint = await owner.endpoint(receiver.url);
  sent = 0;
  context.onTestFinished(() => receiver[Symbol.asyncDispose]());
  await publish();
  await receiver.waitForRequests(1);
});

/** Publishes on the other node; resolves to how many deliveries were made. */
async function publish(token = there.rootKey): Promise<number> {
  sent += 1;
  const { status, body } = await there.client(token).post(`${owner.path}/events`, { type: EVENT_TYPE, data: { sent } });
  expect(status).toBe(202);
  return body.deliveries;
}

it("a new endpoint gets the next event", async () => {
  const added = await startReceiver();
  await owner.endpoint(added.url);
  expect(await publish()).toBe(2);
  await added.waitForRequests(1);
  await added[Symbol.asyncDispose]();
});

it("a changed URL, header and filter are in force for the next event", async () => {
  const moved = await startReceiver();
  await owner.client.patch(endpoint.path, { url: moved.url, headers: { "x-own": "new" } });
  expect(await publish()).toBe(1);
  const [request] = await moved.waitForRequests(1);
  expect(request?.headers["x-own"]).toBe("new");
  expect(receiver.requests).toHaveLength(1);
  await owner.client.patch(endpoint.path, { eventTypes: [] });
  expect(await publish()).toBe(0);
  await owner.client.patch(endpoint.path, { eventTypes: ["invoice.*"] });
  expect(await publish()).toBe(1);
  await owner.client.patch(endpoint.path, { channels: ["emea"] });
  expect(await publish()).toBe(0);
  await owner.client.patch(endpoint.path, { channels: null });
  expect(await publish()).toBe(1);
  await moved.waitForRequests(3);
  await moved[Symbol.asyncDispose]();
});

it("a paused endpoint gets nothing, and what waited when it is resumed", async () => {
  await owner.post(`${endpoint.path}/pause`);
  expect(await publish()).toBe(1);
  expect(await publish()).toBe(1);
  expect(receiver.requests).toHaveLength(1);
  await owner.post(`${endpoint.path}/resume`);
  await receiver.waitForRequests(3);
});

it("a disabled endpoint gets nothing, and its events make no deliveries", async () => {
  await owner.post(`${endpoint.path}/disable`);
  expect(await publish()).toBe(0);
  await owner.post(`${endpoint.path}/enable`);
  // What resuming left to be looked at is looked at first.
  await here.advance(0);
  expect(await publish()).toBe(1);
  await receiver.waitForRequests(2);
});

it("a profile that is switched off gets nothing and makes no deliveries, and on again the next event", async () => {
  await owner.client.put(`${owner.path}/dialects/velt`, { available: true });
  const velt = await startReceiver();
  await owner.post(`${owner.path}/endpoints`, { url: velt.url, profile: "velt" });
  expect(await publish()).toBe(2);
  await velt.waitForRequests(1);
  await owner.client.put(`${owner.path}/dialects/velt`, { available: false });
  expect(await publish()).toBe(1);
  await owner.client.put(`${owner.path}/dialects/velt`, { available: true });
  await here.advance(0);
  expect(await publish()).toBe(2);
  await velt.waitForRequests(2);
  await velt[Symbol.asyncDispose]();
});

it("a deleted endpoint gets nothing", async () => {
  expect((await owner.client.delete(endpoint.path)).status).toBe(204);
  expect(await publish()).toBe(0);
});

it("a rotated secret signs the next event", async () => {
  const { secret } = await owner.post(`${endpoint.path}/secrets/rotate`, { overlapSeconds: 0 });
  await publish();
  const [, request] = await receiver.waitForRequests(2);
  if (request === undefined) throw new Error("nothing came");
  new Webhook(secret).verify(request.body.toString(), request.headers);
  expect(() => new Webhook(endpoint.secret).verify(request.body.toString(), request.headers)).toThrow();
});

it("a delivery that was held while its endpoint changed is sent as the endpoint is now", async () => {
  const released = Promise.withResolvers<void>();
  receiver.react(holdUntil(released.promise, answerOk));
  await owner.client.patch(endpoint.path, { maxInFlight: 1 });
  await publish();
  await receiver.waitForRequests(2);
  // Each node sends one at most. What they hold beyond that is claimed ahead, in line behind the one that hangs.
  await publish();
  await publish();
  while (here.server.engine.stats().held + there.server.engine.stats().held < 3) {
    await there.advance(0);
    await here.advance(0);
  }
  const moved = await startReceiver();
  await owner.client.patch(endpoint.path, { url: moved.url });
  // The promise is about time itself: who holds a delivery for more than 100 ms asks again.
  await new Promise((resolve) => setTimeout(resolve, 110));
  released.resolve();
  await moved.waitForRequests(1);
  await moved[Symbol.asyncDispose]();
});

it("a revoked key is refused at once, although the node knew it", async () => {
  const key = await owner.post("api-keys", { name: "Publisher", scopes: ["events:publish"] });
  await publish(key.token);
  expect((await owner.client.delete(`${owner.path}/api-keys/${key.id}`)).status).toBe(204);
  const answer = await there.client(key.token).post(`${owner.path}/events`, { type: EVENT_TYPE, data: {} });
  expect(answer.status).toBe(401);
});

it("a key that lost its scope, or whose time is over, is refused at once", async () => {
  const key = await owner.post("api-keys", { name: "Publisher", scopes: ["events:publish", "events:read"] });
  const path = `${owner.path}/api-keys/${key.id}`;
  const attempt = () => there.client(key.token).post(`${owner.path}/events`, { type: EVENT_TYPE, data: {} });
  expect((await attempt()).status).toBe(202);
  await owner.client.patch(path, { scopes: ["events:read"] });
  expect((await attempt()).body.code).toBe("scope_required");
  const expiresAt = new Date(here.clock.nowMs() + 60_000).toISOString();
  await owner.client.patch(path, { scopes: ["events:publish"], expiresAt });
  expect((await attempt()).status).toBe(202);
  here.clock.advance(60_000);
  expect((await attempt()).status).toBe(401);
});

it("a type counts once it is registered, and goes on when it is deprecated", async () => {
  const attempt = () => there.client(here.rootKey).post(`${owner.path}/events`, { type: "invoice.sent", data: {} });
  const unknown = await attempt();
  expect([unknown.status, unknown.body.code]).toEqual([422, "event_type_unknown"]);
  expect(unknown.body.errors).toMatchObject([{ path: "/type" }]);
  await owner.register("invoice.sent");
  expect((await attempt()).body.deliveries).toBe(1);
  await owner.post("event-types/invoice.sent/deprecate");
  expect((await attempt()).body.deliveries).toBe(1);
  await receiver.waitForRequests(3);
});

it("a deleted tenant takes nothing, and a key of its leads nowhere", async () => {
  const key = await owner.post("api-keys", { name: "Publisher", scopes: ["events:publish"] });
  await publish(key.token);
  expect((await owner.client.delete(owner.path)).status).toBe(204);
  for (const [token, status] of [
    [key.token, 401],
    [here.rootKey, 404],
  ] as const) {
    const answer = await there.client(token).post(`${owner.path}/events`, { type: EVENT_TYPE, data: {} });
    expect(answer.status).toBe(status);
  }
});

it("a slug that went to another tenant leads there", async () => {
  expect((await owner.client.delete(owner.path)).status).toBe(204);
  const again = await owner.client.post("/v1/tenants", { name: "Again", slug: owner.slug });
  expect(again.status).toBe(201);
  await owner.register(EVENT_TYPE);
  expect(await publish()).toBe(0);
  expect((await owner.client.get(`${owner.path}/events`)).body.data).toHaveLength(1);
});
