/** Delivery, tests, deliveries and replay (sections 4, 5 and 7), with real receivers and a clock that a test moves. */
import { createHmac } from "node:crypto";

import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";

import { type ReceivedRequest, type Receiver, startReceiver } from "../../../../devkit/receivers/start-receiver.ts";
import { startTestServer, type TestServer } from "../../support/start-server.ts";
import { writeReport } from "../report.ts";
import { problem, TIME, UUID } from "./fixtures.ts";
import { openOrganization, type Organization } from "./open-organization.ts";
import { clientOf, type OrganizationClient, WEBHOOKS } from "./organization-client.ts";

let world: TestServer;
let organization: Organization;
let send: OrganizationClient;
beforeAll(async () => {
  world = await startTestServer();
  organization = await openOrganization(world);
  send = clientOf(organization);
});
afterAll(async () => {
  writeReport();
  await world[Symbol.asyncDispose]();
});

const TYPE = "signup.created";
const DATA = '{"id": "su_1", "n": 12345678901234567890}';
const HOUR_MS = 3600 * 1000;

let receiver: Receiver;
let id: string;
let secret: string;
beforeEach(async () => {
  receiver = await startReceiver();
  const { body } = await send({ method: "POST", path: WEBHOOKS, body: { url: receiver.url, eventTypes: [TYPE] } });
  id = body.id;
  secret = body.signingSecret;
});
afterEach(async () => {
  await send({ method: "DELETE", path: `${WEBHOOKS}/${id}` });
  await receiver[Symbol.asyncDispose]();
});

const answer = (status: number, text = "") =>
  receiver.react(({ response }) => void response.writeHead(status).end(text));
const publish = () => organization.publish(TYPE, DATA);
const get = async () => (await send({ method: "GET", path: `${WEBHOOKS}/${id}` })).body;
const patch = async (body: object) => (await send({ method: "PATCH", path: `${WEBHOOKS}/${id}`, body })).body;
const act = (name: string) => send({ method: "POST", path: `${WEBHOOKS}/${id}/${name}` });
const deliveries = async () => (await send({ method: "GET", path: `${WEBHOOKS}/${id}/deliveries` })).body.data;
const replay = (delivery: string) => send({ method: "POST", path: `${WEBHOOKS}/deliveries/${delivery}/replay` });

/** The newest delivery once it is as wanted. */
const untilDelivery = (wanted: object) =>
  world.until(async () => {
    const [newest] = await deliveries();
    const isWanted = Object.entries(wanted).every(([name, value]) => newest?.[name] === value);
    return isWanted ? newest : null;
  });

/** How many of the header's signatures a secret made, and how many there are. */
function signatures(request: ReceivedRequest | undefined, ...secrets: readonly string[]): readonly number[] {
  const [t = "", ...pairs] = (request?.headers["thesignup-signature"] ?? "").split(",");
  expect(t).toMatch(/^t=\d{10}$/);
  const placeOf = (text: string) => {
    const hmac = createHmac("sha256", text)
      .update(`${t.slice(2)}.`)
      .update(request?.body ?? "");
    return pairs.indexOf(`v1=${hmac.digest("hex")}`);
  };
  return [...secrets.map(placeOf), pairs.length];
}

test("a delivery has the documented envelope and headers, and stands in the list with every field", async () => {
  expect(await publish()).toBe(1);
  const [request] = await receiver.waitForRequests(1);
  const { body: caller } = await send({ method: "GET", path: "/api/v1/me" });
  const text = request?.body.toString() ?? "";
  const envelope = JSON.parse(text) as { id: string; created: number };
  expect(text).toBe(
    `{"id":"${envelope.id}","type":"${TYPE}","created":${envelope.created},"organizationId":"${caller.organization.id}","data":${DATA}}`,
  );
  expect(request?.headers).toMatchObject({
    "content-type": "application/json",
    "thesignup-event-id": envelope.id,
    "thesignup-event-type": TYPE,
  });
  expect(signatures(request, secret)).toEqual([0, 1]);
  expect(await untilDelivery({ status: "delivered" })).toEqual({
    id: UUID,
    eventType: TYPE,
    status: "delivered",
    attemptCount: 1,
    lastResponseStatus: 200,
    errorMessage: null,
    createdAt: TIME,
    deliveredAt: TIME,
    dlqAt: null,
  });
  expect(await get()).toMatchObject({ lastSuccessAt: TIME, lastFailureAt: null, status: "active" });
});

test("six tries at 0, 1, 6, 36, 156 and 516 minutes, then a dead letter", async () => {
  answer(500, "no");
  await publish();
  for (const [index, minutes] of [1, 5, 30, 120, 360].entries()) {
    await receiver.waitForRequests(index + 1);
    expect(await untilDelivery({ status: "failed", attemptCount: index + 1 })).toMatchObject({
      lastResponseStatus: 500,
      errorMessage: expect.any(String),
      deliveredAt: null,
      dlqAt: null,
    });
    expect(await get()).toMatchObject({ consecutiveFailures: index + 1, status: "failing", lastFailureAt: TIME });
    await world.advance(minutes * 60_000 - 1);
    expect(receiver.requests.length).toBe(index + 1);
    await world.advance(1);
  }
  expect(await untilDelivery({ status: "dlq" })).toMatchObject({ attemptCount: 6, dlqAt: TIME, deliveredAt: null });
  await world.advance(100 * HOUR_MS);
  expect(receiver.requests.length).toBe(6);
});

const conflict = () => problem(409, "conflict", "Conflict", { detail: expect.any(String) });

test("a dead letter is sent again from its first try, with the same bytes", async () => {
  answer(503);
  await publish();
  for (let tries = 1; tries <= 6; tries += 1) {
    await untilDelivery({ attemptCount: tries });
    if (tries < 6) await world.advance(6 * HOUR_MS);
  }
  const dead = await untilDelivery({ status: "dlq" });
  // Paused, what is sent again can be seen waiting.
  await patch({ paused: true });
  expect((await replay(dead.id)).body).toEqual({ id: dead.id, status: "pending" });
  const [waiting] = await deliveries();
  expect(waiting).toMatchObject({ id: dead.id, status: "pending", attemptCount: 0, dlqAt: null });
  const again = await replay(dead.id);
  expect([again.status, again.body]).toEqual([409, conflict()]);
  answer(204);
  await patch({ paused: false });
  const requests = await receiver.waitForRequests(7);
  expect(new Set(requests.map((request) => request.body.toString())).size).toBe(1);
  expect(await untilDelivery({ status: "delivered" })).toMatchObject({ id: dead.id, attemptCount: 1 });
});

test("what failed is sent again at once; what was delivered is 409", async () => {
  answer(500);
  await publish();
  const failed = await untilDelivery({ status: "failed" });
  answer(200);
  expect((await replay(failed.id)).body).toEqual({ id: failed.id, status: "pending" });
  await untilDelivery({ status: "delivered" });
  const delivered = await replay(failed.id);
  expect([delivered.status, delivered.body]).toEqual([409, conflict()]);
});

test("paused, an endpoint keeps what is published, can be tested, rotated and resumed", async () => {
  expect(await patch({ paused: true })).toMatchObject({ paused: true, pausedReason: "manual", pausedAt: TIME });
  expect(await publish()).toBe(1);
  expect(await deliveries()).toMatchObject([{ status: "pending", attemptCount: 0 }]);
  expect((await act("test")).body).toMatchObject({ delivered: true, responseStatus: 200 });
  expect((await act("rotate")).status).toBe(200);
  await world.advance(HOUR_MS);
  expect(receiver.requests.length).toBe(1);
  expect(await patch({ paused: false })).toMatchObject({ paused: false, pausedReason: null, pausedAt: null });
  await world.advance(0);
  await receiver.waitForRequests(2);
});

test("at its twentieth failed try in a row an endpoint pauses itself; resumed, its failures are forgotten", async () => {
  answer(500);
  for (let tries = 1; tries <= 20; tries += 1) {
    await publish();
    await world.until(async () => ((await get()).consecutiveFailures >= tries ? true : null));
    if (tries < 20) expect((await get()).paused).toBe(false);
  }
  const paused = { paused: true, pausedReason: "consecutive_failures", pausedAt: TIME, status: "paused" };
  await world.until(async () => ((await get()).paused ? true : null));
  expect(await get()).toMatchObject(paused);
  answer(200);
  expect(await patch({ paused: false })).toMatchObject({ consecutiveFailures: 0, status: "active", pausedAt: null });
});

test("resuming what is active forgets its failures too", async () => {
  answer(500);
  await publish();
  await untilDelivery({ status: "failed" });
  expect(await patch({ paused: false })).toMatchObject({ consecutiveFailures: 0, status: "active" });
});

test.each([
  [200, "fine", { delivered: true, errorMessage: null }],
  [302, "", { delivered: false, errorMessage: expect.stringContaining("redirect") }],
  [500, "broken", { delivered: false, errorMessage: expect.any(String) }],
])("a test tells that the receiver answered %i", async (status, text, told) => {
  answer(status, text);
  const { status: own, body } = await act("test");
  expect(own).toBe(200);
  expect(body).toEqual({ ...told, responseStatus: status, responseBody: text, latencyMs: expect.any(Number) });
  const [request] = await receiver.waitForRequests(1);
  expect(JSON.parse(request?.body.toString() ?? "")).toMatchObject({ type: "webhook.test" });
  expect(signatures(request, secret)).toEqual([0, 1]);
  expect(await deliveries()).toEqual([]);
  expect(await get()).toMatchObject({ consecutiveFailures: 0, lastSuccessAt: null, lastFailureAt: null });
});

test("a test of a receiver that is not there tells so, and is no error", async () => {
  const { url } = receiver;
  await receiver[Symbol.asyncDispose]();
  const { status, body } = await act("test");
  expect([status, body]).toEqual([
    200,
    {
      delivered: false,
      responseStatus: null,
      responseBody: null,
      errorMessage: expect.any(String),
      latencyMs: expect.any(Number),
    },
  ]);
  expect(url).toBeDefined();
});

test("each replaced secret signs for its own 24 hours, the newest stands first", async () => {
  const deliver = async () => {
    const before = receiver.requests.length;
    await publish();
    await receiver.waitForRequests(before + 1);
    await untilDelivery({ status: "delivered" });
    return receiver.requests.at(-1);
  };
  const second = (await act("rotate")).body.signingSecret;
  expect(signatures(await deliver(), second, secret)).toEqual([0, 1, 2]);
  await world.advance(10 * HOUR_MS);
  const third = (await act("rotate")).body.signingSecret;
  expect(signatures(await deliver(), third, second, secret)).toEqual([0, 1, 2, 3]);
  await world.advance(14 * HOUR_MS - 1);
  expect(signatures(await deliver(), third, second, secret)).toEqual([0, 1, 2, 3]);
  await world.advance(1);
  expect(signatures(await deliver(), third, second, secret)).toEqual([0, 1, -1, 2]);
  await world.advance(10 * HOUR_MS);
  expect(signatures(await deliver(), third, second, secret)).toEqual([0, -1, -1, 1]);
});

test("the newest deliveries stand first, as many as are asked for", async () => {
  for (let count = 0; count < 3; count += 1) {
    await publish();
    await receiver.waitForRequests(count + 1);
  }
  await world.until(async () =>
    (await deliveries()).every(({ status }: { status: string }) => status === "delivered") ? true : null,
  );
  const all = await deliveries();
  const ids = all.map((delivery: { id: string }) => delivery.id);
  expect(ids).toEqual(ids.toSorted().toReversed());
  const { body } = await send({ method: "GET", path: `${WEBHOOKS}/${id}/deliveries?limit=2` });
  expect(body.data).toEqual(all.slice(0, 2));
});

test("deleted, an endpoint drops what waits", async () => {
  answer(500);
  await publish();
  const failed = await untilDelivery({ status: "failed" });
  await send({ method: "DELETE", path: `${WEBHOOKS}/${id}` });
  await world.advance(HOUR_MS);
  expect(receiver.requests.length).toBe(1);
  expect((await replay(failed.id)).status).toBe(409);
});
