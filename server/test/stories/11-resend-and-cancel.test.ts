/** What was sent can be sent again, as a run of its own, and what waits can be cancelled; nothing else can. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";

import { answer, holdUntil } from "../../../devkit/receivers/misbehaviours.ts";
import { answerOk, type Receiver, startReceiver } from "../../../devkit/receivers/start-receiver.ts";
import { advanceIds } from "../../src/db/queries/advance-ids.ts";
import { dropPartitions } from "../../src/maintenance/drop-partitions.ts";
import { makePartitions } from "../../src/maintenance/make-partitions.ts";
import { startTestServer, type TestServer } from "../support/start-server.ts";
import { type StoryDelivery, type StoryEndpoint, type StoryTenant, storyTenant } from "../support/story-tenant.ts";

const DAY_MS = 86_400_000;
const RETENTION = { eventDays: 30, attemptDays: 14 };

let server: TestServer;
let tenant: StoryTenant;
let receiver: Receiver;
let endpoint: StoryEndpoint;

beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server[Symbol.asyncDispose]());
beforeEach(async (context) => {
  tenant = await storyTenant(server);
  receiver = await startReceiver();
  endpoint = await tenant.endpoint(receiver.url, { retryWaits: [60] });
  context.onTestFinished(() => receiver[Symbol.asyncDispose]());
});

/** The delivery once its run is this one and it is in the state. */
function inRun(event: string, run: number, state: StoryDelivery["state"], at = endpoint): Promise<StoryDelivery> {
  return server.until(async () => {
    const delivery = await tenant.delivery(event, at.id);
    return delivery.run === run && delivery.state === state ? delivery : null;
  });
}

const ask = (act: "resend" | "cancel", { id }: StoryDelivery) =>
  tenant.client.post(`${tenant.path}/deliveries/${id}/${act}`, {});

const numbers = ({ attempts }: StoryDelivery): [number, number][] => attempts.map(({ run, number }) => [run, number]);

describe("a resend", () => {
  it("of one that succeeded is a new run of the same delivery, with the same bytes and id", async () => {
    const event = await tenant.publish({ data: '{ "n" : 1.0 }' });
    const done = await inRun(event, 1, "succeeded");
    const asked = await ask("resend", done);
    expect(asked.body).toMatchObject({ id: done.id, run: 2, source: "resend", attemptCount: 0, finishedAt: null });
    expect(await inRun(event, 2, "succeeded")).toMatchObject({ id: done.id, source: "resend" });
    const [first, second] = await receiver.waitForRequests(2);
    expect(second?.body).toEqual(first?.body);
    expect(second?.headers["webhook-id"]).toBe(first?.headers["webhook-id"]);
    expect(second?.headers["posthorn-attempt"]).toBe("1");
  });

  it("of one that is exhausted has all its tries again", async () => {
    receiver.react(answer(500));
    const event = await tenant.publish();
    await inRun(event, 1, "pending");
    await server.advance(120_000);
    const exhausted = await inRun(event, 1, "exhausted");
    await ask("resend", exhausted);
    // It is pending before its first try as well as after it.
    await receiver.waitForRequests(3);
    await inRun(event, 2, "pending");
    receiver.react(answerOk);
    await server.advance(120_000);
    expect(numbers(await inRun(event, 2, "succeeded"))).toEqual([
      [2, 2],
      [2, 1],
      [1, 2],
      [1, 1],
    ]);
  });

  it("of one that waits for its retry is due now", async () => {
    receiver.react(answer(500));
    const event = await tenant.publish();
    const waiting = await inRun(event, 1, "pending");
    receiver.react(answerOk);
    expect((await ask("resend", waiting)).status).toBe(200);
    await inRun(event, 2, "succeeded");
    await server.advance(120_000);
    expect(receiver.requests).toHaveLength(2);
  });

  it("of one that is on its way is refused", async () => {
    const released = Promise.withResolvers<void>();
    receiver.react(holdUntil(released.promise, answerOk));
    const event = await tenant.publish();
    await receiver.waitForRequests(1);
    const delivery = await tenant.delivery(event, endpoint.id, "in_flight");
    for (const act of ["resend", "cancel"] as const) {
      const refused = await ask(act, delivery);
      expect([refused.status, refused.body.code]).toEqual([409, "wrong_state"]);
    }
    released.resolve();
    await inRun(event, 1, "succeeded");
    expect(receiver.requests).toHaveLength(1);
  });

  it("that two ask for at once is one run", async () => {
    const event = await tenant.publish();
    const done = await inRun(event, 1, "succeeded");
    const asked = await Promise.all([ask("resend", done), ask("resend", done)]);
    expect(asked.filter(({ status }) => status === 200).length).toBeGreaterThanOrEqual(1);
    for (const { status } of asked) expect([200, 409]).toContain(status);
    const again = await server.until(async () => {
      const delivery = await tenant.delivery(event, endpoint.id, "succeeded");
      return delivery.run > 1 ? delivery : null;
    });
    expect(receiver.requests.length).toBe(again.run);
    expect(again.attempts.length).toBe(again.run);
  });

  it("of an event goes to the endpoints named, or to all that have a delivery of it", async () => {
    const other = await startReceiver();
    const second = await tenant.endpoint(other.url);
    const event = await tenant.publish();
    await inRun(event, 1, "succeeded");
    await inRun(event, 1, "succeeded", second);
    expect(await tenant.post(`events/${event}/resend`, { endpointIds: [second.id] })).toEqual({ resent: 1 });
    await inRun(event, 2, "succeeded", second);
    expect(await tenant.post(`events/${event}/resend`)).toEqual({ resent: 2 });
    await inRun(event, 2, "succeeded");
    await inRun(event, 3, "succeeded", second);

    const late = await tenant.endpoint(other.url);
    const refused = await tenant.client.post(`${tenant.path}/events/${event}/resend`, { endpointIds: [late.id] });
    expect(refused.status).toBe(400);
    expect(refused.body.errors).toMatchObject([{ path: "/endpointIds/0", code: "no_delivery" }]);
    expect([receiver.requests.length, other.requests.length]).toEqual([2, 3]);
    await other[Symbol.asyncDispose]();
  });

  it("to an endpoint that is disabled or deleted is refused; to a paused one it waits", async () => {
    const event = await tenant.publish();
    const done = await inRun(event, 1, "succeeded");
    await tenant.post(`${endpoint.path}/disable`);
    const refused = await ask("resend", done);
    expect([refused.status, refused.body.code]).toEqual([409, "endpoint_disabled"]);
    await tenant.post(`${endpoint.path}/enable`);
    await tenant.post(`${endpoint.path}/pause`);
    expect((await ask("resend", done)).body).toMatchObject({ state: "pending", run: 2 });
    await server.advance(0);
    expect(receiver.requests).toHaveLength(1);
    await tenant.post(`${endpoint.path}/resume`);
    await inRun(event, 2, "succeeded");
    await tenant.client.delete(endpoint.path);
    expect((await ask("resend", done)).body.code).toBe("endpoint_disabled");
  });

  it("leads to another tenant's delivery for nobody", async () => {
    const event = await tenant.publish();
    const { id } = await inRun(event, 1, "succeeded");
    const other = await storyTenant(server);
    for (const path of [`deliveries/${id}/resend`, `deliveries/${id}/cancel`, `events/${event}/resend`]) {
      const { status, body } = await other.client.post(`${other.path}/${path}`, {});
      expect([status, body.code]).toEqual([404, "not_found"]);
    }
  });
});

describe("a cancel", () => {
  it("ends what waits, and a resend begins it anew", async () => {
    receiver.react(answer(500));
    const event = await tenant.publish();
    const waiting = await inRun(event, 1, "pending");
    const cancelled = await ask("cancel", waiting);
    expect(cancelled.body).toMatchObject({ id: waiting.id, state: "cancelled", reason: "requested", dueAt: null });
    await server.advance(120_000);
    expect(receiver.requests).toHaveLength(1);
    receiver.react(answerOk);
    await ask("resend", waiting);
    expect(await inRun(event, 2, "succeeded")).toMatchObject({ reason: null });
  });

  it("of what has ended is refused", async () => {
    const event = await tenant.publish();
    const done = await inRun(event, 1, "succeeded");
    const refused = await ask("cancel", done);
    expect([refused.status, refused.body.code]).toEqual([409, "wrong_state"]);
    expect(await tenant.delivery(event, endpoint.id)).toMatchObject({ state: "succeeded" });
  });
});

// Last, since it takes the clock weeks ahead.
it("an event past its retention is gone: what waited is cancelled, and nothing of it can be resent", async () => {
  receiver.react(answer(500));
  const held = await tenant.endpoint(receiver.url);
  const event = await tenant.publish();
  const waiting = await inRun(event, 1, "pending", held);
  await server.advance(120_000);
  const ended = await inRun(event, 1, "exhausted");
  server.clock.advance((RETENTION.eventDays + 1) * DAY_MS);
  await makePartitions(server);
  await advanceIds(server.database, { nowMs: server.clock.nowMs() });
  const { cancelledDeliveries } = await dropPartitions({ ...server, retention: RETENTION });
  expect(cancelledDeliveries).toBeGreaterThanOrEqual(1);

  expect(await inRun(event, 1, "cancelled", held)).toMatchObject({ reason: "retention" });
  for (const delivery of [waiting, ended]) {
    const refused = await ask("resend", delivery);
    expect([refused.status, refused.body.code]).toEqual([410, "event_gone"]);
  }
  const refused = await tenant.client.post(`${tenant.path}/events/${event}/resend`, {});
  expect([refused.status, refused.body.code]).toEqual([410, "event_gone"]);
  receiver.react(answerOk);
  const next = await tenant.publish();
  await inRun(next, 1, "succeeded");
});
