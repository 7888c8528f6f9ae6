/** Delivery (sections 4, 5.1 and 6), with real receivers, foreign verifiers and a clock that a test moves. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";

import { type Receiver, type ReceivedRequest, startReceiver } from "../../../../devkit/receivers/start-receiver.ts";
import { startTestServer, type TestServer } from "../../support/start-server.ts";
import { writeReport } from "../report.ts";
import { openWorkspace, type Workspace } from "./open-workspace.ts";
import { verifyDelivery } from "./verify-delivery.ts";
import { clientOf, ENDPOINTS, type VeltClient } from "./workspace-client.ts";

const TYPE = "comment.add";
const DATA = '{"event": "comment.add", "actionType":"add","n":12345678901234567890, "é":"\\u00e9"}';
const DAY_MS = 24 * 3600 * 1000;

let world: TestServer;
beforeAll(async () => {
  world = await startTestServer();
});
afterAll(async () => {
  writeReport();
  await world[Symbol.asyncDispose]();
});

let workspace: Workspace;
let send: VeltClient;
let receiver: Receiver;
beforeEach(async () => {
  workspace = await openWorkspace(world);
  send = clientOf(workspace);
  receiver = await startReceiver();
});
afterEach(() => receiver[Symbol.asyncDispose]());

async function call(operation: string, data: object) {
  const { status, text, body } = await send({ path: `${ENDPOINTS}/${operation}`, data });
  expect(status, text).toBe(200);
  return body.result.data;
}

const create = async (more: object = {}) => (await call("create", { url: receiver.url, ...more })).id as string;
const secretOf = async (endpointId: string) => (await call("secret/get", { endpointId })).secret as string;
const fail = (status = 500) => receiver.react(({ response }) => void response.writeHead(status).end());
const accept = () => receiver.react(({ response }) => void response.writeHead(204).end());
const nativeGet = async (path: string) => (await world.client().get(`${workspace.path}${path}`)).body;

/** Resolves once so many attempts were made of the workspace's deliveries in all. */
async function attempts(count: number): Promise<void> {
  await world.until(async () => {
    const { data } = await nativeGet("/deliveries?limit=250");
    const made = data.reduce((sum: number, one: { attemptCount: number }) => sum + one.attemptCount, 0);
    return made >= count ? true : null;
  });
}

const verify = (request: ReceivedRequest | undefined, secret: string) =>
  verifyDelivery(request, secret, world.clock.now());

test("6.1, 6.2 a delivery is the published bytes under the documented headers, and the libraries verify it", async () => {
  const secret = await secretOf(await create());
  await workspace.publish(TYPE, DATA);
  const [request] = await receiver.waitForRequests(1);
  expect(request?.method).toBe("POST");
  expect(request?.body.toString()).toBe(DATA);
  expect(request?.headers["content-type"]).toBe("application/json");
  expect(request?.headers["webhook-id"]).toMatch(/^msg_[0-9A-Za-z]{27}$/);
  expect(request?.headers["webhook-timestamp"]).toBe(String(Math.floor(world.clock.nowMs() / 1000)));
  expect(Object.keys(request?.headers ?? {}).filter((name) => /^(svix|posthorn|user-agent)/.test(name))).toEqual([]);
  verify(request, secret);
  expect(() => verify(request, "whsec_plJ3nmyCDGBKInavdOK15jsl")).toThrow("No matching signature found");
});

test("4 an endpoint gets what is in its filters and shares a channel", async () => {
  await create({ filterTypes: [TYPE], channels: ["a", "b"] });
  expect(await workspace.publish(TYPE, "{}", ["b", "c"])).toBe(1);
  expect(await workspace.publish(TYPE, "{}", ["c"])).toBe(0);
  expect(await workspace.publish(TYPE, "{}")).toBe(0);
  expect(await workspace.publish("comment.delete", "{}", ["a"])).toBe(0);
  await create();
  expect(await workspace.publish("comment.delete", "{}", ["c"])).toBe(1);
  await create({ disabled: true });
  expect(await workspace.publish("comment.delete", "{}")).toBe(1);
});

test("4 a type that nobody knew is delivered once it is registered and published", async () => {
  await create({ filterTypes: ["comment.added"] });
  await world.client().put(`${workspace.path}/event-types/comment.added`, {});
  expect(await workspace.publish("comment.added", DATA)).toBe(1);
  await receiver.waitForRequests(1);
});

test("6.3, 6.4 eight tries by the schedule, each signed anew over the same bytes; a redirect is a failure", async () => {
  fail(302);
  const secret = await secretOf(await create());
  await workspace.publish(TYPE, DATA);
  const startedAt = world.clock.nowMs();
  const seconds = [0, 5, 305, 2105, 9305, 27305, 63305, 99305];
  for (const [index, second] of seconds.entries()) {
    if (index > 0) {
      await world.advance(startedAt + second * 1000 - 1 - world.clock.nowMs());
      expect(receiver.requests.length).toBe(index);
      await world.advance(1);
    }
    const request = (await receiver.waitForRequests(index + 1))[index];
    await attempts(index + 1);
    expect(request?.headers["webhook-timestamp"]).toBe(String(Math.floor(world.clock.nowMs() / 1000)));
    expect(request?.headers["webhook-id"]).toBe(receiver.requests[0]?.headers["webhook-id"]);
    expect(request?.body.toString()).toBe(DATA);
    verify(request, secret);
  }
  await world.advance(2 * DAY_MS);
  expect(receiver.requests.length).toBe(8);
  const { data } = await nativeGet("/deliveries");
  expect(data).toMatchObject([{ state: "exhausted", attemptCount: 8 }]);
});

test.each([["disabled", { disabled: true }] as const, ["deleted", null] as const])(
  "6.4 an endpoint that is %s gets no pending try any more",
  async (_what, change) => {
    fail();
    const endpointId = await create();
    await workspace.publish(TYPE, DATA);
    await attempts(1);
    if (change === null) await call("delete", { endpointId });
    else await call("update", { endpointId, ...change });
    await world.advance(2 * DAY_MS);
    expect(receiver.requests.length).toBe(1);
    expect((await nativeGet("/deliveries")).data[0].state).toBe("cancelled");
  },
);

test("6.4 after five days of failures an endpoint is disabled, and by hand enabled again", async () => {
  fail();
  const endpointId = await create();
  await workspace.publish(TYPE, DATA);
  await attempts(1);
  const shown = async () => (await call("get", {})).endpoints[0].disabled as boolean;
  world.clock.advance(5 * DAY_MS - 10_000);
  await world.advance(0);
  await attempts(2);
  expect(await shown()).toBe(false);
  await world.advance(300_000);
  await world.until(async () => ((await shown()) ? true : null));
  expect(await workspace.publish(TYPE, DATA)).toBe(0);

  accept();
  expect((await call("update", { endpointId, disabled: false })).disabled).toBe(false);
  await world.advance(0);
  expect(await workspace.publish(TYPE, DATA)).toBe(1);
  await receiver.waitForRequests(4);
});

test("6.4 a delivery that is given up is announced to the workspace's other endpoints, and to no other", async () => {
  fail(503);
  const failing = await create({ filterTypes: [TYPE] });
  await using other = await startReceiver();
  await using elsewhere = await startReceiver();
  const all = (await call("create", { url: other.url })).id as string;
  const secret = await secretOf(all);
  await call("create", { url: elsewhere.url, filterTypes: ["huddle.join"] });
  await call("create", { url: elsewhere.url, disabled: true });
  await call("create", { url: receiver.url, channels: ["another"] });
  const root = world.client();
  // One of another contract that takes all types is not surprised by it; one that names it is told.
  await root.post(`${workspace.path}/endpoints`, { url: elsewhere.url });
  await using named = await startReceiver();
  await root.post(`${workspace.path}/endpoints`, { url: named.url, eventTypes: ["message.attempt.exhausted"] });

  await workspace.publish(TYPE, DATA);
  const [message] = await receiver.waitForRequests(1);
  // Two others took it at once.
  for (const [index, wait] of [5, 300, 1800, 7200, 18_000, 36_000, 36_000].entries()) {
    await attempts(index + 1 + 2);
    await world.advance(wait * 1000);
  }
  await receiver.waitForRequests(8);
  const lastAt = world.clock.now();
  const [, announced] = await other.waitForRequests(2);
  await named.waitForRequests(1);
  expect(JSON.parse(announced?.body.toString() ?? "")).toEqual({
    type: "message.attempt.exhausted",
    data: {
      appId: expect.stringMatching(/^app_[0-9A-Za-z]{27}$/),
      endpointId: failing,
      msgId: message?.headers["webhook-id"],
      lastAttempt: {
        id: expect.stringMatching(/^atmpt_[0-9A-Za-z]{27}$/),
        timestamp: lastAt.toISOString(),
        responseStatusCode: 503,
      },
    },
  });
  expect(other.requests.length).toBe(2);
  expect(elsewhere.requests.map((request) => request.body.toString())).not.toContain(announced?.body.toString());
  verify(announced, secret);
});

test("6.4 an announcement that fails announces nothing", async () => {
  fail();
  await create({ filterTypes: [TYPE] });
  await using other = await startReceiver({ react: ({ response }) => void response.writeHead(500).end() });
  await call("create", { url: other.url, filterTypes: ["message.attempt.exhausted"] });
  await workspace.publish(TYPE, DATA);
  const schedule = [5, 300, 1800, 7200, 18_000, 36_000, 36_000];
  for (const [index, wait] of schedule.entries()) {
    await attempts(index + 1);
    await world.advance(wait * 1000);
  }
  for (const [index, wait] of schedule.entries()) {
    await attempts(8 + index + 1);
    await world.advance(wait * 1000);
  }
  await attempts(16);
  await world.advance(DAY_MS);
  expect(receiver.requests.length).toBe(8);
  expect(other.requests.length).toBe(8);
});

test("6.5 a rate limit throttles and drops nothing", async () => {
  await create({ rateLimit: 2 });
  for (let count = 0; count < 5; count += 1) expect(await workspace.publish(TYPE, `{"n":${count}}`)).toBe(1);
  await world.advance(0);
  expect(receiver.requests.length).toBeLessThan(3);
  for (let passed = 0; passed < 5; passed += 1) await world.advance(500);
  await receiver.waitForRequests(5);
});

test("6.5 credentials of the URL are sent as Basic and leave the target", async () => {
  const url = new URL(receiver.url);
  [url.username, url.password, url.pathname] = ["user", "p@ss", "/hook"];
  const endpointId = await create({ url: url.href });
  await workspace.publish(TYPE, DATA);
  const [request] = await receiver.waitForRequests(1);
  expect(request?.path).toBe("/hook");
  expect(request?.headers["authorization"]).toBe(`Basic ${Buffer.from("user:p@ss").toString("base64")}`);
  // Sent back as it is shown, the credentials stay.
  const shown = (await call("get", {})).endpoints[0].url as string;
  expect(shown).toContain("***@");
  await call("update", { endpointId, url: shown, description: "d" });
  await workspace.publish(TYPE, DATA);
  expect((await receiver.waitForRequests(2))[1]?.headers["authorization"]).toBe(request?.headers["authorization"]);
});

test("an endpoint of another dialect is seen and acted on as far as the contract can say", async () => {
  const root = world.client();
  const path = `${workspace.path}/endpoints`;
  const { body: native } = await root.post(path, { url: receiver.url, eventTypes: ["comment.*", "huddle.join"] });
  const [seen] = (await call("get", { limit: 1 })).endpoints;
  expect(seen.filterTypes).toEqual([
    "comment.add",
    "comment.update",
    "comment.delete",
    "comment.reaction_add",
    "comment.reaction_delete",
    "huddle.join",
  ]);
  const update = (data: object) => call("update", { endpointId: seen.id, ...data });

  // Sent back as it was shown, prefixes stay prefixes.
  await update(seen);
  expect((await root.get(`${path}/${native.id}`)).body.eventTypes).toEqual(["comment.*", "huddle.join"]);

  // Paused shows as disabled; disabled again keeps what waits, enabled resumes.
  await root.post(`${path}/${native.id}/pause`);
  expect(await workspace.publish(TYPE, DATA)).toBe(1);
  expect((await update({ disabled: true })).disabled).toBe(true);
  expect((await root.get(`${path}/${native.id}`)).body.status).toBe("paused");
  await update({ disabled: false });
  await world.advance(0);
  await receiver.waitForRequests(1);

  const refused = await send({ path: `${ENDPOINTS}/secret/get`, data: { endpointId: seen.id } });
  expect([refused.status, refused.body.error.status]).toEqual([400, "FAILED_PRECONDITION"]);
  expect(refused.body.error.message).toContain("standard");
  await call("delete", { endpointId: seen.id });
  expect((await root.get(`${path}/${native.id}`)).status).toBe(404);
});

test("an endpoint made here is seen, paused and resent to in the native API", async () => {
  const endpointId = await create({ description: "Velt's" });
  const [native] = (await nativeGet("/endpoints")).data;
  expect(native).toMatchObject({ profile: "velt", description: "Velt's", status: "active", eventTypes: null });
  const event = await workspace.publishEvent(TYPE, DATA);
  const [first] = await receiver.waitForRequests(1);
  await attempts(1);
  const resent = await world.client().post(`${workspace.path}/events/${event}/resend`, {});
  expect(resent.body).toEqual({ resent: 1 });
  await world.advance(0);
  const [, second] = await receiver.waitForRequests(2);
  expect(second?.headers["webhook-id"]).toBe(first?.headers["webhook-id"]);
  expect(second?.body.equals(first?.body ?? Buffer.alloc(0))).toBe(true);
  verify(second, await secretOf(endpointId));

  await world.client().post(`${workspace.path}/endpoints/${native.id}/pause`);
  expect((await call("get", {})).endpoints[0].disabled).toBe(true);
});
