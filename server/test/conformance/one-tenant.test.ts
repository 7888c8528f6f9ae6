/**
 * One tenant that speaks all four dialects at once: an endpoint made in each, one event, and each delivery verified by
 * the steps of that system; every endpoint is seen in the others, and its secret shown by its own alone.
 */
import { createHmac } from "node:crypto";

import { afterAll, beforeAll, expect, test } from "vitest";

import { type ReceivedRequest, type Receiver, startReceiver } from "../../../devkit/receivers/start-receiver.ts";
import { startTestServer, type TestServer } from "../support/start-server.ts";
import { signJwt } from "./selfcommunity/open-community.ts";
import { openWorkspace, type Workspace } from "./velt/open-workspace.ts";
import { verifyDelivery } from "./velt/verify-delivery.ts";
import { clientOf, ENDPOINTS, type VeltClient } from "./velt/workspace-client.ts";

const TYPE = "comment.created";
const DATA = '{"n": 12345678901234567890}';

let world: TestServer;
let workspace: Workspace;
let velt: VeltClient;
let community: (method: string, path: string, body?: object) => Promise<Answer>;
let organization: typeof community;
beforeAll(async () => {
  world = await startTestServer();
  workspace = await openWorkspace(world);
  velt = clientOf(workspace);
  const root = world.client();
  const { path } = workspace;
  const { jwtSecret } = (await root.put(`${path}/dialects/selfcommunity`, { hosts: ["127.0.0.1"] })).body;
  await root.post(`${path}/users`, { number: 1, role: "admin", email: "admin@example.com" });
  await root.put(`${path}/dialects/thesignup`, {});
  const scopes = ["events:read", "endpoints:read", "endpoints:write", "deliveries:write", "secrets:write"];
  const { body: key } = await root.post(`${path}/api-keys`, { name: "CLI", scopes, form: "thesignup" });
  const now = Math.floor(world.clock.nowMs() / 1000);
  const claims = { token_type: "access", user_id: 1, jti: "1", iat: now, exp: now + 7200 };
  community = caller("/api/v2/webhook/endpoint/", signJwt(claims, jwtSecret));
  organization = caller("/api/v1/webhooks", key.token);
});
afterAll(() => world[Symbol.asyncDispose]());

interface Answer {
  readonly status: number;
  /** Typed loosely: the test is what checks it. */
  // oxlint-disable-next-line no-explicit-any
  readonly body: any;
}

function caller(base: string, token: string): typeof community {
  return async (method, path, body) => {
    const init: RequestInit = {
      method,
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      body: body === undefined ? null : JSON.stringify(body),
    };
    const response = await fetch(new URL(`${base}${path}`, world.server.url), init);
    const text = await response.text();
    return { status: response.status, body: text === "" ? null : JSON.parse(text) };
  };
}

/** `t=…,v1=…` over `t.body` with the whole text of the secret as the key, as two of the contracts have it. */
function isTimestamped(request: ReceivedRequest | undefined, header: string, secret: string): boolean {
  const pairs = (request?.headers[header] ?? "").split(",").map((pair) => pair.split("="));
  const [, at = ""] = pairs.find(([key]) => key === "t") ?? [];
  const hmac = createHmac("sha256", secret).update(`${at}.`);
  const expected = hmac.update(request?.body ?? "").digest("hex");
  return pairs.some(([key, value]) => key === "v1" && value === expected);
}

test("an endpoint made in each gets the event as its own contract has it, and is seen in the others", async () => {
  const receivers: Receiver[] = await Promise.all([1, 2, 3, 4].map(() => startReceiver()));
  const [ofVelt, ofCommunity, ofOrganization, ofNative] = receivers.map(({ url }) => url);
  const made = await velt({ path: `${ENDPOINTS}/create`, data: { url: ofVelt } });
  const { body: communal } = await community("POST", "", { target: ofCommunity, events: [{ type: TYPE }] });
  const { body: organizational } = await organization("POST", "", { url: ofOrganization, eventTypes: [] });
  const native = await world.client().post(`${workspace.path}/endpoints`, { url: ofNative });

  expect(await workspace.publish(TYPE, DATA)).toBe(4);
  const [toVelt, toCommunity, toOrganization, toNative] = await Promise.all(
    receivers.map(async (receiver) => (await receiver.waitForRequests(1))[0]),
  );
  const endpointId = made.body.result.data.id as string;
  const shown = await velt({ path: `${ENDPOINTS}/secret/get`, data: { endpointId } });
  expect(verifyDelivery(toVelt, shown.body.result.data.secret, world.clock.now())).toBe(DATA);
  const revealed = await community("POST", `${communal.id}/secret/reveal/`);
  expect(isTimestamped(toCommunity, "selfcommunity-signature", revealed.body.signing_secret)).toBe(true);
  expect(isTimestamped(toOrganization, "thesignup-signature", organizational.signingSecret)).toBe(true);
  expect(verifyDelivery(toNative, native.body.secret, world.clock.now())).toContain(DATA);

  // All four in every list.
  const { endpoints } = (await velt({ path: `${ENDPOINTS}/get`, data: {} })).body.result.data;
  expect(endpoints.map(({ url }: { url: string }) => url)).toEqual(
    [native.body.url, ofOrganization, ofCommunity, ofVelt].map((url) => expect.stringContaining(url ?? "")),
  );
  expect((await community("GET", "")).body.count).toBe(4);
  expect((await organization("GET", "")).body.data).toHaveLength(4);

  // Secrets by their own contract alone.
  for (const other of endpoints.slice(0, 3) as { id: string }[]) {
    const refused = await velt({ path: `${ENDPOINTS}/secret/get`, data: { endpointId: other.id } });
    expect([refused.status, refused.body.error.status]).toEqual([400, "FAILED_PRECONDITION"]);
  }
  const { results } = (await community("GET", "")).body as { results: { id: number; target: string }[] };
  const seen = results.find(({ target }) => target === ofVelt);
  expect((await community("POST", `${seen?.id}/secret/reveal/`)).status).toBe(400);

  // Paused through one, it is so in all; on again through another.
  const mine = (await organization("GET", "")).body.data.find(({ url }: { url: string }) => url === ofVelt);
  await organization("PATCH", `/${mine.id}`, { paused: true });
  const ofMine = async () =>
    (await velt({ path: `${ENDPOINTS}/get`, data: {} })).body.result.data.endpoints.find(
      ({ id }: { id: string }) => id === endpointId,
    ).disabled;
  expect(await ofMine()).toBe(true);
  expect(await workspace.publish(TYPE, DATA)).toBe(4);
  await community("PATCH", `${seen?.id}/`, { is_active: true });
  await world.advance(0);
  expect(await ofMine()).toBe(false);
  await receivers[0]?.waitForRequests(2);

  // Sent again through another, by the event's number there.
  const { event_id: event } = JSON.parse(toCommunity?.body.toString() ?? "") as { event_id: number };
  await world.until(async () => {
    const { body } = await world.client().get(`${workspace.path}/deliveries?state=succeeded&limit=250`);
    return body.data.length === 8 ? true : null;
  });
  expect((await community("POST", `${seen?.id}/event/resend/`, { event })).status).toBe(204);
  await world.advance(0);
  const [, , third] = (await receivers[0]?.waitForRequests(3)) ?? [];
  expect(third?.headers["webhook-id"]).toBe(toVelt?.headers["webhook-id"]);
  for (const receiver of receivers) await receiver[Symbol.asyncDispose]();
});
