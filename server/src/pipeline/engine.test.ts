import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";

import { answer, hang, holdUntil } from "../../../devkit/receivers/misbehaviours.ts";
import { answerOk, type Receiver, startReceiver } from "../../../devkit/receivers/start-receiver.ts";
import { openTestDatabase, type TestDatabase } from "../../test/support/database.ts";
import { startTestServer, type TestServer } from "../../test/support/start-server.ts";
import { EVENT_TYPE, type StoryTenant, storyTenant } from "../../test/support/story-tenant.ts";
import { rescueLeases } from "../db/queries/rescue-leases.ts";
import { AWAY_MS } from "./dispatch/node-membership.ts";

let database: TestDatabase;
let receiver: Receiver;

beforeAll(async () => {
  database = await openTestDatabase();
});
afterAll(() => database[Symbol.asyncDispose]());
beforeEach(async (context) => {
  receiver = await startReceiver();
  context.onTestFinished(() => receiver[Symbol.asyncDispose]());
});

async function setup(): Promise<{ server: TestServer; tenant: StoryTenant }> {
  const server = await startTestServer({ database });
  return { server, tenant: await storyTenant(server) };
}

async function countLeased(): Promise<number> {
  const text = "select count(*)::integer as count from queue where lease is not null";
  const [row] = await database.query<{ count: number }>({ name: "test-leased", text }, []);
  return row?.count ?? -1;
}

/** The id of the newest row, which the test has just made. */
async function idOf(table: "tenants" | "endpoints"): Promise<string> {
  const text = `select id from ${table} order by number desc limit 1`;
  const [row] = await database.query<{ id: string }>({ name: `test-newest-of-${table}`, text }, []);
  return row?.id ?? "";
}

async function publishMany({ client, path }: StoryTenant, count: number): Promise<void> {
  const events = Array.from({ length: count }, (_, n) => ({ type: EVENT_TYPE, data: { n } }));
  expect((await client.post(`${path}/events/batch`, { events })).status).toBe(202);
}

describe("a drain", () => {
  it("finishes what is in flight and gives back what has not started", async () => {
    const { server, tenant } = await setup();
    const released = Promise.withResolvers<void>();
    receiver.react(holdUntil(released.promise, answerOk));
    const endpoint = await tenant.endpoint(receiver.url, { maxInFlight: 2 });
    const event = await tenant.publish();
    await publishMany(tenant, 9);
    await server.server.engine.dispatchOnce();
    await receiver.waitForRequests(2);
    const drained = server.server.engine.drain({ graceMs: 20_000 });
    while (server.server.engine.stats().held > 2) await new Promise((resolve) => setImmediate(resolve));
    released.resolve();
    expect((await drained).released).toBeGreaterThan(0);
    expect(await countLeased()).toBe(0);
    expect((await tenant.delivery(event, endpoint.id)).state).toBe("succeeded");
    expect(receiver.requests.length).toBe(2);
    await server[Symbol.asyncDispose]();
    await database.script("truncate queue, lanes, turn_requests");
  });

  it("gives back what does not finish in time", async () => {
    const { server, tenant } = await setup();
    receiver.react(hang);
    await tenant.endpoint(receiver.url);
    await tenant.publish();
    await receiver.waitForRequests(1);
    expect(await server.server.engine.drain({ graceMs: 0 })).toEqual({ released: 1 });
    expect(await countLeased()).toBe(0);
    await server[Symbol.asyncDispose]();
    await database.script("truncate queue, lanes, turn_requests");
  });

  it("leaves what is published meanwhile to other nodes", async () => {
    const { server, tenant } = await setup();
    await tenant.endpoint(receiver.url);
    await server.server.engine.drain({ graceMs: 0 });
    await tenant.publish();
    expect(receiver.requests).toHaveLength(0);
    expect(await countLeased()).toBe(0);
    const next = await startTestServer({ database });
    await receiver.waitForRequests(1);
    await next[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
  });
});

describe("a node that was silent for too long", () => {
  it("forgets what it had in line, and another delivers it once", async () => {
    let monotonicMs = 0;
    const server = await startTestServer({ database, overrides: { monotonicMs: () => monotonicMs } });
    const tenant = await storyTenant(server);
    const released = Promise.withResolvers<void>();
    receiver.react(holdUntil(released.promise, answerOk));
    const endpoint = await tenant.endpoint(receiver.url, { maxInFlight: 1 });
    const first = await tenant.publish();
    const second = await tenant.publish();
    await receiver.waitForRequests(1);
    // The second is claimed ahead, by the node itself or here.
    while (server.server.engine.stats().held < 2) await server.server.engine.dispatchOnce();
    monotonicMs += AWAY_MS;
    const now = server.clock.now();
    await rescueLeases(database, { now, silentBefore: new Date(now.getTime() + 1) });
    expect(await server.server.engine.membership.runOnce()).toBe(false);
    released.resolve();
    receiver.react(answerOk);
    await server.advance(0);
    for (const event of [first, second]) {
      expect((await tenant.delivery(event, endpoint.id, "succeeded")).attempts).toHaveLength(1);
    }
    // The first was on its way when its lease was lost: it is the one that came twice.
    const ids = receiver.requests.map(({ headers }) => headers["webhook-id"]);
    expect([ids.filter((id) => id === first).length, ids.filter((id) => id === second).length]).toEqual([2, 1]);
    await server[Symbol.asyncDispose]();
  });

  it("leases nothing until it has heard that it lives, so that nothing it sends is taken from it", async () => {
    let monotonicMs = 0;
    const frozen = await startTestServer({ database, overrides: { monotonicMs: () => monotonicMs } });
    const tenant = await storyTenant(frozen);
    const endpoint = await tenant.endpoint(receiver.url);
    monotonicMs += AWAY_MS;
    const event = await tenant.publish();
    expect(await frozen.server.engine.dispatchOnce()).toBe(0);
    const [tenantId, endpointId] = [await idOf("tenants"), await idOf("endpoints")];
    await expect(frozen.server.engine.ports.sendTest({ tenantId, endpointId })).rejects.toMatchObject({
      code: "overloaded",
    });
    expect(receiver.requests).toHaveLength(0);
    expect(await frozen.server.engine.membership.runOnce()).toBe(true);
    await frozen.server.engine.giveBackDoubtful();
    await frozen.advance(0);
    expect((await tenant.delivery(event, endpoint.id, "succeeded")).attempts).toHaveLength(1);
    await frozen[Symbol.asyncDispose]();
    await database.script("truncate queue, lanes, turn_requests");
  });
});

describe("a test", () => {
  it("is answered with its attempt, whatever came of it, and is not repeated", async () => {
    const { server, tenant } = await setup();
    receiver.react(answer(500));
    const endpoint = await tenant.endpoint(receiver.url);
    expect(await tenant.post(`${endpoint.path}/test`)).toMatchObject({
      source: "test",
      class: "http_server_error",
      decision: "give_up",
    });
    await server.advance(3_600_000);
    expect(receiver.requests).toHaveLength(1);
    expect(receiver.requests[0]?.headers["posthorn-event-type"]).toBe("webhook.test");
    await server[Symbol.asyncDispose]();
  });

  it("is answered at once when the node drops it", async () => {
    const { server, tenant } = await setup();
    receiver.react(hang);
    await tenant.endpoint(receiver.url, { maxInFlight: 1 });
    await tenant.publish();
    await receiver.waitForRequests(1);
    const { engine } = server.server;
    const [tenantId, endpointId] = [await idOf("tenants"), await idOf("endpoints")];
    const test = Promise.allSettled([engine.ports.sendTest({ tenantId, endpointId })]);
    await server.until(async () => (engine.stats().held === 2 ? true : null));
    await database.script("delete from nodes");
    expect(await engine.membership.runOnce()).toBe(false);
    expect(await test).toMatchObject([{ status: "rejected", reason: { code: "overloaded" } }]);
    await server[Symbol.asyncDispose]();
    await database.script("truncate queue, lanes, turn_requests");
  });
});

it("records what happened while the database refused it", async () => {
  // What it does is changed without a lock on the table: a record may be under way.
  const become = (body: string): string =>
    `create or replace function refuse() returns trigger language plpgsql as $$ begin ${body} end $$;`;
  await database.script(`
    ${become("raise exception 'away';")}
    create trigger refuse before insert on attempts for each row execute function refuse();`);
  const { server, tenant } = await setup();
  const endpoint = await tenant.endpoint(receiver.url);
  const event = await tenant.publish();
  await receiver.waitForRequests(1);
  await database.script(become("return new;"));
  expect((await tenant.delivery(event, endpoint.id, "succeeded")).attempts).toHaveLength(1);
  expect(receiver.requests).toHaveLength(1);
  await server[Symbol.asyncDispose]();
  await database.script("drop trigger refuse on attempts; drop function refuse()");
});

describe("a receiver that asks for time", () => {
  it("is sent nothing of what this node held for it, and all of it in order when its time is over", async () => {
    const { server, tenant } = await setup();
    const asked = Promise.withResolvers<void>();
    receiver.react(holdUntil(asked.promise, answer(429, { "retry-after": "60" })));
    await tenant.endpoint(receiver.url, { maxInFlight: 1 });
    await publishMany(tenant, 4);
    await receiver.waitForRequests(1);
    expect(server.server.engine.stats().held).toBe(4);
    asked.resolve();
    await server.until(async () => ((await countLeased()) === 0 ? true : null));
    expect(receiver.requests).toHaveLength(1);

    receiver.react(answerOk);
    server.clock.advance(60_000);
    await server.server.engine.dispatchOnce();
    await receiver.waitForRequests(5);
    const numbers = receiver.requests.map(({ body }) => JSON.parse(body.toString()).data.n);
    expect(numbers.slice(1).toSorted()).toEqual([0, 1, 2, 3]);
    expect(numbers.indexOf(1, 1)).toBeLessThan(numbers.indexOf(2, 1));
    await server[Symbol.asyncDispose]();
    await database.script("truncate queue, lanes, turn_requests");
  });
});

describe("a backlog of one endpoint", () => {
  it("drains while others publish without a pause, and all of theirs arrives", async () => {
    const { server, tenant } = await setup();
    const endpoint = await tenant.endpoint(receiver.url);
    await tenant.post(`${endpoint.path}/pause`);
    for (let done = 0; done < 500; done += 100) await publishMany(tenant, 100);
    await using othersReceiver = await startReceiver();
    const other = await storyTenant(server);
    await other.endpoint(othersReceiver.url);

    await tenant.post(`${endpoint.path}/resume`);
    let isDrained = false;
    const drained = receiver.waitForRequests(500).then(() => (isDrained = true));
    const events: string[] = [];
    while (!isDrained) events.push(await other.publish());
    await drained;
    await othersReceiver.waitForRequests(events.length);
    expect(othersReceiver.requests.map(({ headers }) => headers["webhook-id"]).toSorted()).toEqual(events.toSorted());
    expect(new Set(receiver.requests.map(({ headers }) => headers["webhook-id"])).size).toBe(500);
    await server[Symbol.asyncDispose]();
  });
});
