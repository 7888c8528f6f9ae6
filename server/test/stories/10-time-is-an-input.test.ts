/**
 * Promise 10: time is an input. Schedules of days run here at once under a clock that the test moves, as long as they
 * are in production: no setting shortens them.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";

import { answer } from "../../../devkit/receivers/misbehaviours.ts";
import { answerOk, type Receiver, startReceiver } from "../../../devkit/receivers/start-receiver.ts";
import { sweepClosedEndpoints } from "../../src/core/endpoints/sweep-closed-endpoints.ts";
import { startTestServer, type TestServer } from "../support/start-server.ts";
import { type StoryDelivery, type StoryEndpoint, type StoryTenant, storyTenant } from "../support/story-tenant.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** Of the standard profile, each give or take a fifth. */
const WAITS = [5 * SECOND, 5 * MINUTE, 30 * MINUTE, ...[2, 5, 10, 14, 20, 24].map((hours) => hours * HOUR)];
const JITTER = 0.2;

let server: TestServer;
let tenant: StoryTenant;
let receiver: Receiver;
let draw: () => number = Math.random;

beforeAll(async () => {
  server = await startTestServer({ overrides: { random: () => draw() } });
});
afterAll(() => server[Symbol.asyncDispose]());
beforeEach(async (context) => {
  draw = Math.random;
  tenant = await storyTenant(server);
  receiver = await startReceiver({ react: answer(500) });
  context.onTestFinished(() => receiver[Symbol.asyncDispose]());
});

/** The delivery once this many attempts of it are recorded and it is not on its way. */
function settled(event: string, endpoint: StoryEndpoint, attempts: number): Promise<StoryDelivery> {
  return server.until(async () => {
    const delivery = await tenant.delivery(event, endpoint.id);
    return delivery.attempts.length >= attempts && delivery.state !== "in_flight" ? delivery : null;
  });
}

const waitOf = ({ dueAt }: StoryDelivery): number => new Date(dueAt ?? "").getTime() - server.clock.nowMs();
const statusOf = async ({ path }: StoryEndpoint) => (await tenant.client.get(path)).body;

/** Publishes so many events that each end `exhausted` at once. */
async function fail(endpoint: StoryEndpoint, count: number): Promise<void> {
  const events: string[] = [];
  for (let sent = 0; sent < count; sent += 1) events.push(await tenant.publish());
  for (const event of events) await tenant.delivery(event, endpoint.id, "exhausted");
}

describe("the standard schedule", () => {
  it.each<[string, () => number, (wait: number) => [number, number]]>([
    ["the earliest draw", () => 0, (wait) => [wait * (1 - JITTER), wait * (1 - JITTER)]],
    ["the latest draw", () => 1 - Number.EPSILON, (wait) => [wait * (1 + JITTER) - 1, wait * (1 + JITTER)]],
    ["any draw", Math.random, (wait) => [wait * (1 - JITTER), wait * (1 + JITTER)]],
  ])("runs to exhaustion, each try neither before nor after its time, with %s", async (_draw, random, bounds) => {
    draw = random;
    const endpoint = await tenant.endpoint(receiver.url);
    const event = await tenant.publish();
    for (const [index, wait] of WAITS.entries()) {
      const delivery = await settled(event, endpoint, index + 1);
      expect(delivery).toMatchObject({ state: "pending", attemptCount: index + 1 });
      const [least, most] = bounds(wait);
      expect(waitOf(delivery)).toBeGreaterThanOrEqual(Math.floor(least));
      expect(waitOf(delivery)).toBeLessThanOrEqual(Math.ceil(most));
      await server.advance(waitOf(delivery) - 1);
      expect(receiver.requests).toHaveLength(index + 1);
      await server.advance(1);
      await receiver.waitForRequests(index + 2);
    }
    const ended = await settled(event, endpoint, WAITS.length + 1);
    expect(ended).toMatchObject({ state: "exhausted", attemptCount: WAITS.length + 1, dueAt: null });
    expect(receiver.requests.map(({ headers }) => headers["posthorn-attempt"])).toEqual(
      ended.attempts.map(({ number }) => String(number)).toReversed(),
    );
    expect(new Set(receiver.requests.map(({ headers }) => headers["webhook-id"]))).toEqual(new Set([event]));
  });
});

describe("Retry-After", () => {
  const inTwoHours = (): string => new Date(Math.ceil(server.clock.nowMs() / SECOND) * SECOND + 2 * HOUR).toUTCString();
  it.each<[string, number, () => string, number, number]>([
    ["seconds on a 429", 429, () => "3600", HOUR, HOUR],
    ["seconds on a 503", 503, () => "90", 90 * SECOND, 90 * SECOND],
    ["a date", 429, inTwoHours, 2 * HOUR, 2 * HOUR + SECOND],
    ["no time at all, as a second", 429, () => "0", SECOND, SECOND],
    ["a week, as a day", 429, () => String(7 * 86_400), DAY, DAY],
  ])("is obeyed: %s", async (_what, status, value, least, most) => {
    receiver.react(answer(status, { "retry-after": value() }));
    const endpoint = await tenant.endpoint(receiver.url);
    const event = await tenant.publish();
    const delivery = await settled(event, endpoint, 1);
    expect(delivery).toMatchObject({ state: "pending", attemptCount: 0, attempts: [{ decision: "defer" }] });
    expect(waitOf(delivery)).toBeGreaterThanOrEqual(least);
    expect(waitOf(delivery)).toBeLessThanOrEqual(most);

    // The whole endpoint was asked to wait, not this delivery alone.
    receiver.react(answerOk);
    await tenant.publish();
    await server.advance(waitOf(delivery) - 1);
    expect(receiver.requests).toHaveLength(1);
    await server.advance(1);
    await receiver.waitForRequests(3);
    expect(await tenant.delivery(event, endpoint.id, "succeeded")).toMatchObject({ attemptCount: 1 });
  });

  it.each([
    ["on another status", 500, "3600"],
    ["that cannot be read", 429, "soon"],
  ])("%s is a failure like others", async (_what, status, value) => {
    receiver.react(answer(status, { "retry-after": value }));
    const endpoint = await tenant.endpoint(receiver.url);
    const delivery = await settled(await tenant.publish(), endpoint, 1);
    expect(delivery).toMatchObject({ attemptCount: 1, attempts: [{ decision: "retry" }] });
  });

  it("is obeyed twenty times in a run; then tries are spent", async () => {
    receiver.react(answer(429, { "retry-after": "60" }));
    const endpoint = await tenant.endpoint(receiver.url, { retryWaits: [10] });
    const event = await tenant.publish();
    for (let deferral = 1; deferral <= 20; deferral += 1) {
      expect(await settled(event, endpoint, deferral)).toMatchObject({ state: "pending", attemptCount: 0 });
      await server.advance(MINUTE);
    }
    expect(await settled(event, endpoint, 21)).toMatchObject({ state: "pending", attemptCount: 1 });
    await server.advance(MINUTE);
    const ended = await tenant.delivery(event, endpoint.id, "exhausted");
    expect(ended.attempts.map(({ number }) => number)).toEqual(Array.from({ length: 22 }, (_, index) => 22 - index));
  });
});

describe("an endpoint that fails", () => {
  let events: Receiver;

  beforeEach(async (context) => {
    events = await startReceiver();
    context.onTestFinished(() => events[Symbol.asyncDispose]());
  });

  const watch = (...types: string[]): Promise<StoryEndpoint> => tenant.endpoint(events.url, { eventTypes: types });
  const told = (): [string | undefined, unknown][] =>
    events.requests.map(({ headers, body }) => [headers["posthorn-event-type"], JSON.parse(body.toString()).data]);

  it("is warned about after a day and paused after five, with twenty failed deliveries; what came waits", async () => {
    await watch("endpoint.failing", "endpoint.paused");
    const everything = await startReceiver();
    await tenant.endpoint(everything.url, { eventTypes: ["*"] });
    const endpoint = await tenant.endpoint(receiver.url, { retryWaits: [] });
    const failingSince = server.clock.now().toISOString();
    await fail(endpoint, 18);
    await server.advance(DAY - 1);
    await fail(endpoint, 1);
    expect(told()).toEqual([]);
    await server.advance(1);
    await fail(endpoint, 1);
    await events.waitForRequests(1);
    const facts = { endpointId: endpoint.id, failingSince, failedDeliveries: 20 };
    expect(told()).toEqual([["endpoint.failing", expect.objectContaining(facts)]]);

    await server.advance(4 * DAY - 1);
    await fail(endpoint, 1);
    expect(await statusOf(endpoint)).toMatchObject({ status: "active" });
    await server.advance(1);
    await fail(endpoint, 1);
    await events.waitForRequests(2);
    expect(told()[1]).toEqual([
      "endpoint.paused",
      expect.objectContaining({ reason: "failing", failedDeliveries: 22 }),
    ]);
    expect(await statusOf(endpoint)).toMatchObject({ status: "paused", statusReason: "failing" });

    const event = await tenant.publish();
    await tenant.delivery(event, endpoint.id, "pending");
    expect(receiver.requests).toHaveLength(22);
    receiver.react(answerOk);
    await tenant.post(`${endpoint.path}/resume`);
    await tenant.delivery(event, endpoint.id, "succeeded");
    // Who takes all types gets what publishers sent, and nothing of Posthorn's own.
    const own = (await everything.waitForRequests(23)).filter(({ headers }) =>
      headers["posthorn-event-type"]?.startsWith("endpoint."),
    );
    expect(own).toEqual([]);
    await everything[Symbol.asyncDispose]();
  });

  it("is not paused before twenty deliveries failed, however long it takes", async () => {
    const endpoint = await tenant.endpoint(receiver.url, { retryWaits: [] });
    await fail(endpoint, 1);
    await server.advance(6 * DAY);
    await fail(endpoint, 18);
    expect(await statusOf(endpoint)).toMatchObject({ status: "active" });
    await fail(endpoint, 1);
    await server.until(async () => ((await statusOf(endpoint)).status === "paused" ? true : null));
  });

  it("counts from its last success", async () => {
    const endpoint = await tenant.endpoint(receiver.url, { retryWaits: [] });
    await fail(endpoint, 19);
    await server.advance(5 * DAY);
    receiver.react(answerOk);
    await tenant.delivery(await tenant.publish(), endpoint.id, "succeeded");
    receiver.react(answer(500));
    await fail(endpoint, 2);
    expect(await statusOf(endpoint)).toMatchObject({ status: "active" });
  });

  it("is disabled by a 410, which ends what waits, and says so", async () => {
    await watch("endpoint.disabled");
    const endpoint = await tenant.endpoint(receiver.url);
    const waiting = await tenant.publish();
    await settled(waiting, endpoint, 1);
    receiver.react(answer(410));
    const event = await tenant.publish();
    await tenant.delivery(event, endpoint.id, "exhausted");
    expect(await statusOf(endpoint)).toMatchObject({ status: "disabled", statusReason: "gone" });
    await events.waitForRequests(1);
    expect(told()).toEqual([
      ["endpoint.disabled", expect.objectContaining({ endpointId: endpoint.id, reason: "gone" })],
    ]);
    await server.advance(HOUR);
    await sweepClosedEndpoints({ database: server.database, now: server.clock.now(), limit: 100 });
    expect(await tenant.delivery(waiting, endpoint.id, "cancelled")).toMatchObject({ reason: "endpoint_disabled" });
    expect(receiver.requests).toHaveLength(2);
  });

  it("makes no operational event of an operational event that fails", async () => {
    events.react(answer(500));
    const watcher = await tenant.endpoint(events.url, { eventTypes: ["delivery.exhausted"], retryWaits: [] });
    const endpoint = await tenant.endpoint(receiver.url, { retryWaits: [] });
    await fail(endpoint, 1);
    await events.waitForRequests(1);
    const list = await server.until(async () => {
      const { data } = (await tenant.client.get(`${tenant.path}/deliveries?endpointId=${watcher.id}`)).body;
      return data[0]?.state === "exhausted" ? data : null;
    });
    expect(list).toHaveLength(1);
    expect(list[0]).toMatchObject({ type: "delivery.exhausted", source: "operational" });
    expect((await tenant.client.get(`${tenant.path}/events`)).body.data).toHaveLength(2);
  });

  it("is judged by what publishers sent: tests count neither for nor against it", async () => {
    const endpoint = await tenant.endpoint(receiver.url, { retryWaits: [] });
    await fail(endpoint, 1);
    await server.advance(6 * DAY);
    for (let test = 0; test < 25; test += 1) {
      expect(await tenant.post(`${endpoint.path}/test`)).toMatchObject({ source: "test", decision: "give_up" });
    }
    receiver.react(answer(410));
    await tenant.post(`${endpoint.path}/test`);
    expect(await statusOf(endpoint)).toMatchObject({ status: "active" });

    receiver.react(answerOk);
    await tenant.post(`${endpoint.path}/test`);
    receiver.react(answer(500));
    await fail(endpoint, 19);
    await server.until(async () => ((await statusOf(endpoint)).status === "paused" ? true : null));
  });
});

describe("an endpoint's own setting", () => {
  it("retryWaits replaces the schedule", async () => {
    draw = () => 0.5;
    const endpoint = await tenant.endpoint(receiver.url, { retryWaits: [7, 70] });
    const event = await tenant.publish();
    for (const [index, seconds] of [7, 70].entries()) {
      expect(waitOf(await settled(event, endpoint, index + 1))).toBe(seconds * SECOND);
      await server.advance(seconds * SECOND);
    }
    expect(await tenant.delivery(event, endpoint.id, "exhausted")).toMatchObject({ attemptCount: 3 });
  });

  it("timeoutMs ends a request", async () => {
    receiver.react(() => {});
    const endpoint = await tenant.endpoint(receiver.url, { timeoutMs: 1_000, retryWaits: [] });
    const { attempts } = await tenant.delivery(await tenant.publish(), endpoint.id, "exhausted");
    expect(attempts[0]).toMatchObject({ outcome: "timed_out", class: "headers_timeout" });
    expect(attempts[0].timings.totalMs).toBeGreaterThanOrEqual(999);
    expect(attempts[0].timings.totalMs).toBeLessThan(5_000);
  });

  it("maxInFlight bounds what is under way at once", async () => {
    const held: (() => void)[] = [];
    receiver.react(({ response }) => void held.push(() => response.writeHead(200).end()));
    const endpoint = await tenant.endpoint(receiver.url, { maxInFlight: 2 });
    const events = [];
    for (let sent = 0; sent < 6; sent += 1) events.push(await tenant.publish());
    await server.advance(0);
    for (let answered = 0; answered < events.length; answered += 1) {
      const arrived = Math.min(answered + 2, events.length);
      await receiver.waitForRequests(arrived);
      await server.advance(0);
      expect(receiver.requests).toHaveLength(arrived);
      held[answered]?.();
      // A record frees the room for the next.
      const event = receiver.requests[answered]?.headers["webhook-id"] ?? "";
      await tenant.delivery(event, endpoint.id, "succeeded");
      await server.advance(0);
    }
  });

  it("rateLimitPerSecond spaces them out", async () => {
    receiver.react(answerOk);
    const endpoint = await tenant.endpoint(receiver.url, { rateLimitPerSecond: 2 });
    const events = [];
    for (let sent = 0; sent < 5; sent += 1) events.push(await tenant.publish());
    await server.advance(0);
    await receiver.waitForRequests(1);
    for (let arrived = 1; arrived < events.length; arrived += 1) {
      await server.advance(499);
      expect(receiver.requests).toHaveLength(arrived);
      await server.advance(1);
      await receiver.waitForRequests(arrived + 1);
    }
    for (const event of events) await tenant.delivery(event, endpoint.id, "succeeded");
  });
});
