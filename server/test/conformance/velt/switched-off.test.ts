/**
 * Advanced webhooks switched off and on again (section 3.0): while they are off no deliveries are made to the workspace's
 * endpoints and what waits is held; on again, everything is what it was, and what waited goes out.
 */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";

import { type Receiver, startReceiver } from "../../../../devkit/receivers/start-receiver.ts";
import { startTestServer, type TestServer } from "../../support/start-server.ts";
import { writeReport } from "../report.ts";
import { configure, openWorkspace, type Workspace } from "./open-workspace.ts";
import { clientOf, ENDPOINTS, type VeltClient } from "./workspace-client.ts";

const TYPE = "comment.add";

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

const native = () => world.client();
const off = () => configure(workspace, { isEnabled: false });
const on = async () => {
  await configure(workspace, { isEnabled: true });
  await world.advance(0);
};
const publish = (n: number) => workspace.publish(TYPE, `{"n":${n}}`);
const received = () => receiver.requests.map((request) => request.body.toString());

async function create(more: object = {}): Promise<string> {
  const { body } = await send({ path: `${ENDPOINTS}/create`, data: { url: receiver.url, ...more } });
  return body.result.data.id;
}

/** The native paths of the workspace's endpoints, newest first. */
async function paths(): Promise<string[]> {
  const { body } = await native().get(`${workspace.path}/endpoints`);
  return body.data.map(({ id }: { id: string }) => `${workspace.path}/endpoints/${id}`);
}

async function statuses(): Promise<string[]> {
  const { body } = await native().get(`${workspace.path}/endpoints`);
  return body.data.map(({ status, statusReason }: { status: string; statusReason: string | null }) =>
    statusReason === null ? status : `${status} ${statusReason}`,
  );
}

async function waiting(): Promise<number> {
  return (await native().get(`${workspace.path}/deliveries?state=pending`)).body.data.length;
}

/** Resolves once so many deliveries of the workspace wait. */
const untilWaiting = (count: number) => world.until(async () => ((await waiting()) === count ? true : null));

test("off, the next event makes no delivery; on, the next one does", async () => {
  await create();
  expect(await publish(1)).toBe(1);
  await receiver.waitForRequests(1);
  await off();
  expect(await publish(2)).toBe(0);
  await world.advance(3600_000);
  await on();
  expect(await publish(3)).toBe(1);
  await receiver.waitForRequests(2);
  expect(received()).toEqual(['{"n":1}', '{"n":3}']);
});

test("what waits when they are switched off is held, and goes out when they are on again", async () => {
  receiver.react(({ response }) => void response.writeHead(500).end());
  await create();
  await publish(1);
  await receiver.waitForRequests(1);
  await untilWaiting(1);
  await off();
  await world.advance(24 * 3600_000);
  expect([receiver.requests.length, await waiting()]).toEqual([1, 1]);
  receiver.react(({ response }) => void response.writeHead(204).end());
  await on();
  await receiver.waitForRequests(2);
  await untilWaiting(0);
  expect(received()).toEqual(['{"n":1}', '{"n":1}']);
});

test("what is on its way when they are switched off, and fails, waits with the rest", async () => {
  const answered = Promise.withResolvers<void>();
  receiver.react(async ({ response }) => {
    await answered.promise;
    response.writeHead(500).end();
  });
  await create();
  await publish(1);
  await receiver.waitForRequests(1);
  await off();
  answered.resolve();
  await untilWaiting(1);
  await world.advance(3600_000);
  expect(receiver.requests.length).toBe(1);
  receiver.react(({ response }) => void response.writeHead(204).end());
  await on();
  await receiver.waitForRequests(2);
});

test("a resend and a test while they are off: the one waits, the other is refused", async () => {
  await create();
  const event = await workspace.publishEvent(TYPE, '{"n":1}');
  await receiver.waitForRequests(1);
  await world.until(async () =>
    (await native().get(`${workspace.path}/deliveries?state=succeeded`)).body.data.length === 1 ? true : null,
  );
  await off();
  expect((await native().post(`${workspace.path}/events/${event}/resend`, {})).body).toEqual({ resent: 1 });
  const [path] = await paths();
  for (const act of ["test", "secrets/check", "secrets/rehearse", "secrets/cut-over"]) {
    const refused = await native().post(`${path}/${act}`, act === "secrets/check" ? { consent: true } : {});
    expect([act, refused.status, refused.body.code]).toEqual([act, 409, "endpoint_disabled"]);
  }
  await world.advance(3600_000);
  expect(receiver.requests.length).toBe(1);
  await on();
  await receiver.waitForRequests(2);
});

test("on again, each endpoint is what it was", async () => {
  await create();
  await create({ disabled: true });
  await create();
  const [paused] = await paths();
  await native().post(`${paused}/pause`);
  const before = await statuses();
  expect(before).toEqual(["paused manual", "disabled manual", "active"]);
  await off();
  expect(await statuses()).toEqual(["paused manual", "disabled manual", "paused held"]);
  expect(await publish(1)).toBe(0);
  await off();
  await on();
  expect(await statuses()).toEqual(before);
  // The active one at once, the paused one later.
  expect(await publish(2)).toBe(2);
  await receiver.waitForRequests(1);
});

test("what is done to endpoints meanwhile counts from then on", async () => {
  await create();
  await create();
  await create({ disabled: true });
  const [disabled, second, first] = await paths();
  await off();
  await native().post(`${second}/pause`);
  await native().post(`${disabled}/enable`);
  await native().patch(first ?? "", { eventTypes: ["huddle.join"] });
  const made = { url: receiver.url, profile: "velt" };
  const created = await native().post(`${workspace.path}/endpoints`, made);
  expect(created.body).toMatchObject({ status: "paused", statusReason: "held" });
  expect(await statuses()).toEqual(["paused held", "paused held", "paused manual", "paused held"]);
  expect([await publish(1), await workspace.publish("huddle.join", "{}")]).toEqual([0, 0]);
  await on();
  expect(await statuses()).toEqual(["active", "active", "paused manual", "active"]);
  expect([await publish(2), await workspace.publish("huddle.join", "{}")]).toEqual([3, 4]);
});

test("endpoints of other profiles, and other tenants, go on", async () => {
  await create();
  await native().post(`${workspace.path}/endpoints`, { url: receiver.url });
  await off();
  expect(await publish(1)).toBe(1);
  const other = await openWorkspace(world);
  await clientOf(other)({ path: `${ENDPOINTS}/create`, data: { url: receiver.url } });
  expect(await other.publish(TYPE, "{}")).toBe(1);
});

test("a workspace that may not use them is off too, and is what it was when it may again", async () => {
  const id = await create();
  const dialect = `${workspace.path}/dialects/velt`;
  const taken = await native().put(dialect, { available: false });
  expect(taken.body).toMatchObject({ available: false, apiKey: workspace.apiKey, authToken: null });
  expect((await native().get(dialect)).body.available).toBe(false);
  expect(await publish(1)).toBe(0);
  expect((await send({ path: `${ENDPOINTS}/get` })).body.error.message).toContain("not available");
  await native().put(dialect, { available: true });
  await world.advance(0);
  expect((await send({ path: `${ENDPOINTS}/get` })).body.result.data.endpoints[0].id).toBe(id);
  expect(await publish(2)).toBe(1);
  await receiver.waitForRequests(1);
});

test("who switched them is in the audit log", async () => {
  await off();
  const { body } = await native().get(`${workspace.path}/audit?action=profile.set&subject=profile:velt`);
  expect(body.data[0]).toMatchObject({
    actor: expect.stringMatching(/^dialect:velt:/),
    before: { enabled: true },
    after: { enabled: false, publicKeySha256: null },
  });
});
