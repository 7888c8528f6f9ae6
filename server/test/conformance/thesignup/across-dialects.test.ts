/** One endpoint, seen and changed through this contract and the others, as far as each can say it. */
import { afterAll, beforeAll, expect, test } from "vitest";

import { startReceiver } from "../../../../devkit/receivers/start-receiver.ts";
import { startTestServer, type TestServer } from "../../support/start-server.ts";
import { writeReport } from "../report.ts";
import { problem } from "./fixtures.ts";
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

const URL = "https://example.com/hook";
const nativeIds = async () =>
  (await world.client().get(`${organization.path}/endpoints`)).body.data.map(({ id }: { id: string }) => id);

/** Made through the native API; its ids in both. */
async function makeNative(body: object) {
  const created = await world.client().post(`${organization.path}/endpoints`, { url: URL, ...body });
  expect(created.status, created.text).toBe(201);
  const { body: list } = await send({ method: "GET", path: WEBHOOKS });
  return { native: `${organization.path}/endpoints/${created.body.id}`, ours: `${WEBHOOKS}/${list.data[0].id}` };
}
const get = async (path: string) => (await send({ method: "GET", path })).body;
const patch = async (path: string, body: object) => (await send({ method: "PATCH", path, body })).body;
const nativeStatus = async (path: string) => {
  const { body } = await world.client().get(path);
  return [body.status, body.statusReason];
};

test("paused here is paused there, and resumed there is resumed here", async () => {
  const { native, ours } = await makeNative({ profile: "thesignup" });
  await patch(ours, { paused: true });
  expect(await nativeStatus(native)).toEqual(["paused", "manual"]);
  await world.client().post(`${native}/resume`);
  expect(await get(ours)).toMatchObject({ paused: false, pausedReason: null });
});

test("disabled shows as paused with a reason of its own; paused again it stays disabled, resumed it is active", async () => {
  const { native, ours } = await makeNative({ profile: "thesignup" });
  await world.client().post(`${native}/disable`);
  expect(await get(ours)).toMatchObject({ paused: true, pausedReason: "disabled", status: "paused" });
  const { status, body } = await send({ method: "POST", path: `${ours}/test` });
  expect([status, body]).toEqual([409, problem(409, "conflict", "Conflict", { detail: expect.any(String) })]);
  await patch(ours, { paused: true, description: "d" });
  expect(await nativeStatus(native)).toEqual(["disabled", "manual"]);
  await patch(ours, { paused: false });
  expect(await nativeStatus(native)).toEqual(["active", null]);
});

test("no type at all shows as the test's alone; sent back it stays none, an empty list is every type", async () => {
  const { native, ours } = await makeNative({ eventTypes: [] });
  const shown = await get(ours);
  expect([shown.eventTypes, shown.events]).toEqual([["webhook.test"], ["webhook.test"]]);
  await patch(ours, { eventTypes: shown.eventTypes });
  expect((await world.client().get(native)).body.eventTypes).toEqual([]);
  await patch(ours, { eventTypes: [] });
  expect((await world.client().get(native)).body.eventTypes).toBeNull();
});

test("types of other contracts are shown, kept and taken back, but not offered", async () => {
  await world.client().put(`${organization.path}/event-types/invoice.paid`, {});
  const { ours } = await makeNative({ eventTypes: ["invoice.paid", "invoice.*"] });
  expect((await get(ours)).eventTypes).toEqual(["invoice.paid", "invoice.*"]);
  const changed = await patch(ours, { eventTypes: ["signup.created", "invoice.paid"] });
  expect(changed.eventTypes).toEqual(["signup.created", "invoice.paid"]);
  const refused = await send({ method: "PATCH", path: ours, body: { eventTypes: ["invoice.*"] } });
  expect(refused.status).toBe(422);
});

test("an endpoint that was made here is there with its profile", async () => {
  const created = await send({ method: "POST", path: WEBHOOKS, body: { url: URL } });
  const [newest] = await nativeIds();
  const { body } = await world.client().get(`${organization.path}/endpoints/${newest}`);
  expect(body).toMatchObject({ url: URL, profile: "thesignup", eventTypes: null });
  const { secret } = (await world.client().post(`${organization.path}/endpoints/${newest}/secrets/reveal`, {})).body;
  expect(secret).toBe(created.body.signingSecret);
});

test.each(["standard", "selfcommunity", "velt"])(
  "the secret of an endpoint of %s is not replaced here",
  async (profile) => {
    const { native, ours } = await makeNative({ profile });
    const before = await world.client().get(`${native}/secrets`);
    const { status, body } = await send({ method: "POST", path: `${ours}/rotate` });
    const detail = expect.stringContaining(profile);
    expect([status, body]).toEqual([409, problem(409, "conflict", "Conflict", { detail })]);
    expect((await world.client().get(`${native}/secrets`)).body).toEqual(before.body);
  },
);

test("a delivery that failed there is sent again here, and one that was cancelled there is a dead letter", async () => {
  await using receiver = await startReceiver();
  receiver.react(({ response }) => void response.writeHead(500).end());
  const { native, ours } = await makeNative({ url: receiver.url, eventTypes: ["signup.created"], profile: "standard" });
  await organization.publish("signup.created", "{}");
  const list = async () => (await get(`${ours}/deliveries`)).data;
  const failed = await world.until(
    async () => (await list()).find(({ status }: { status: string }) => status === "failed") ?? null,
  );
  await world.client().post(`${native}/disable`);
  const [cancelled] = await list();
  expect(cancelled).toMatchObject({ id: failed.id, status: "dlq", errorMessage: expect.any(String) });
  expect(cancelled.dlqAt).not.toBeNull();
  const replay = () => send({ method: "POST", path: `${WEBHOOKS}/deliveries/${failed.id}/replay` });
  expect((await replay()).status).toBe(409);
  await world.client().post(`${native}/resume`);
  receiver.react(({ response }) => void response.writeHead(200).end());
  expect((await replay()).status).toBe(200);
  await world.advance(0);
  await receiver.waitForRequests(2);
});
