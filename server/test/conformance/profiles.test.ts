/** The profiles of the contracts on the wire of a real server: what is sent, verified by foreign code, and who is stopped when. */
import { createHmac } from "node:crypto";

import { Webhook } from "standardwebhooks";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";

import { type Receiver, startReceiver } from "../../../devkit/receivers/start-receiver.ts";
import { startTestServer, type TestServer } from "../support/start-server.ts";

const DATA = '{"event": "comment.add", "n": 12345678901234567890}';
const DAY_MS = 24 * 3600 * 1000;

let world: TestServer;
let receiver: Receiver;
beforeAll(async () => {
  world = await startTestServer();
});
afterAll(() => world[Symbol.asyncDispose]());
beforeEach(async () => {
  receiver = await startReceiver();
});
afterEach(() => receiver[Symbol.asyncDispose]());

async function setup(profile: string) {
  const root = world.client();
  const { body: tenant } = await root.post("/v1/tenants", { name: profile });
  const path = `/v1/tenants/${tenant.slug}`;
  await root.put(`${path}/event-types/comment.add`, {});
  const { body: endpoint } = await root.post(`${path}/endpoints`, { url: receiver.url, profile });
  const one = `${path}/endpoints/${endpoint.id}`;
  return {
    endpoint,
    publish: async () =>
      void (await root.post(`${path}/events`, undefined, { bytes: `{"type":"comment.add","data":${DATA}}` })),
    status: async () => {
      const { body } = await root.get(one);
      return `${body.status} ${body.statusReason}`;
    },
    untilStatus: (wanted: string) =>
      world.until(async () => {
        const { body } = await root.get(one);
        return body.status === wanted ? `${body.status} ${body.statusReason}` : null;
      }),
    attempts: (count: number) =>
      world.until(async () => {
        const { body } = await root.get(`${path}/deliveries`);
        const made = body.data.reduce(
          (sum: number, delivery: { attemptCount: number }) => sum + delivery.attemptCount,
          0,
        );
        return made >= count ? made : null;
      }),
    rotate: async () => (await root.post(`${one}/secrets/rotate`, {})).body.secret as string,
    resume: async () => void (await root.post(`${one}/resume`)),
    pending: async () => (await root.get(`${path}/deliveries?state=pending`)).body.data.length as number,
    change: async (body: object) => (await root.patch(one, body)).status,
  };
}

const fail = () => receiver.react(({ response }) => void response.writeHead(500).end());
const namesOf = (rawHeaders: readonly string[] = []) => rawHeaders.filter((_, index) => index % 2 === 0);
const FRAMING = ["host", "connection", "content-length"];

test.each(["standard", "selfcommunity", "velt", "thesignup"])("the profile %s is fixed at create", async (profile) => {
  const { endpoint, change } = await setup(profile);
  expect(endpoint.profile).toBe(profile);
  expect(await change({ profile: "standard" })).toBe(400);
});

test("Velt gets the published bytes alone, and in an overlap either secret verifies them", async () => {
  const velt = await setup("velt");
  const fresh = await velt.rotate();
  await velt.publish();
  const [request] = await receiver.waitForRequests(1);
  expect(request?.body.toString()).toBe(DATA);
  const {
    "webhook-id": id = "",
    "webhook-timestamp": at = "",
    "webhook-signature": list = "",
  } = request?.headers ?? {};
  expect(id).toMatch(/^msg_[0-9A-Za-z]{27}$/);
  const expected = [fresh, velt.endpoint.secret as string].map((secret) =>
    new Webhook(secret).sign(id, new Date(Number(at) * 1000), DATA),
  );
  expect(list.split(" ")).toEqual(expected);
  expect(Buffer.from(velt.endpoint.secret.slice("whsec_".length), "base64").length).toBe(24);
  const wanted = [...FRAMING, "content-type", "webhook-id", "webhook-timestamp", "webhook-signature"];
  expect(namesOf(request?.rawHeaders).toSorted()).toEqual(wanted.toSorted());
});

test("thesignup gets its envelope and headers, signed with the newest secret first", async () => {
  const thesignup = await setup("thesignup");
  const fresh = await thesignup.rotate();
  await thesignup.publish();
  const [request] = await receiver.waitForRequests(1);
  const body = request?.body.toString() ?? "";
  expect(body).toMatch(
    /^\{"id":"evt_\w+","type":"comment.add","created":\d+,"organizationId":"[0-9a-f-]{36}","data":\{/,
  );
  expect(body).toContain(DATA);
  expect(request?.headers).toMatchObject({
    "thesignup-event-id": (JSON.parse(body) as { id: string }).id,
    "thesignup-event-type": "comment.add",
  });
  const [t = "", ...signatures] = (request?.headers["thesignup-signature"] ?? "").split(",");
  const hmac = (secret: string) =>
    createHmac("sha256", secret)
      .update(`${t.slice(2)}.${body}`)
      .digest("hex");
  expect(signatures).toEqual([fresh, thesignup.endpoint.secret as string].map((secret) => `v1=${hmac(secret)}`));
});

test("thesignup is paused at its twentieth failed try, and loses nothing", async () => {
  fail();
  const thesignup = await setup("thesignup");
  for (let count = 1; count <= 19; count += 1) {
    await thesignup.publish();
    await thesignup.attempts(count);
  }
  expect(await thesignup.status()).toBe("active null");
  await thesignup.publish();
  expect(await thesignup.untilStatus("paused")).toBe("paused failing");
  expect(await thesignup.pending()).toBe(20);

  receiver.react(({ response }) => void response.writeHead(200).end());
  await thesignup.resume();
  await world.advance(60_000);
  await receiver.waitForRequests(40);
});

test("Velt is disabled at the first failed try five days after the first, and not before", async () => {
  fail();
  const velt = await setup("velt");
  await velt.publish();
  await velt.attempts(1);
  world.clock.advance(5 * DAY_MS - 10_000);
  await world.advance(0);
  await velt.attempts(2);
  expect(await velt.status()).toBe("active null");
  await world.advance(300_000);
  expect(await velt.untilStatus("disabled")).toBe("disabled failing");
});
