/** Delivery, attempts and resend (sections 5, 6, 8, 9 and 10), with real receivers and a clock that a test moves. */
import { createHmac, timingSafeEqual } from "node:crypto";

import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";

import { createCertificateAuthority } from "../../../../devkit/receivers/make-certificate.ts";
import { type Receiver, type ReceivedRequest, startReceiver } from "../../../../devkit/receivers/start-receiver.ts";
import { startTestServer, type TestServer } from "../../support/start-server.ts";
import { writeReport } from "../report.ts";
import { clientOf, type CommunityClient, ENDPOINTS } from "./community-client.ts";
import { type Community, openCommunity } from "./open-community.ts";

let world: TestServer;
let community: Community;
let send: CommunityClient;
beforeAll(async () => {
  world = await startTestServer();
  community = await openCommunity(world);
  send = clientOf(community);
});
afterAll(async () => {
  writeReport();
  await world[Symbol.asyncDispose]();
});

const TYPE = "connection.follow";
const DATA = '{"to_user": {"id": 2}, "from_user": {"id": 1}, "n": 12345678901234567890}';

let receiver: Receiver;
let id: number;
beforeEach(async () => {
  receiver = await startReceiver();
  id = await createEndpoint(receiver.url);
});
afterEach(async () => {
  await send({ method: "DELETE", path: `${ENDPOINTS}${id}/` });
  await receiver[Symbol.asyncDispose]();
});

async function createEndpoint(target: string, more: object = {}): Promise<number> {
  const body = { target, events: [{ type: TYPE }], ...more };
  const created = await send({ method: "POST", path: ENDPOINTS, body });
  expect(created.status, created.text).toBe(201);
  return created.body.id;
}

const post = (act: string, body?: unknown) => send({ method: "POST", path: `${ENDPOINTS}${id}/${act}/`, body });
const patch = (body: unknown) => send({ method: "PATCH", path: `${ENDPOINTS}${id}/`, body });
const reveal = async () => (await post("secret/reveal")).body.signing_secret as string;
const eventIdOf = (request: ReceivedRequest | undefined) =>
  (JSON.parse(request?.body.toString() ?? "") as { event_id: number }).event_id;

/** The attempts once there are so many, newest first. */
function attempts(count: number, query = "") {
  return world.until(async () => {
    const { body } = await send({ method: "GET", path: `${ENDPOINTS}${id}/attempt/${query}` });
    return body.count >= count ? body.results : null;
  });
}

/** What the contract tells receivers to do: split on commas, then at the first equals sign, compare in constant time. */
function verify(request: ReceivedRequest | undefined, secret: string, scheme: "v0" | "v1"): boolean {
  const pairs = (request?.headers["selfcommunity-signature"] ?? "").split(",").map((pair) => pair.split("="));
  const timestamp = pairs.find(([key]) => key === "t")?.[1] ?? "";
  const hmac = createHmac("sha256", secret).update(`${timestamp}.`);
  const expected = Buffer.from(hmac.update(request?.body ?? "").digest("hex"));
  return pairs
    .filter(([key]) => key === scheme)
    .some(([, value = ""]) => value.length === expected.length && timingSafeEqual(Buffer.from(value), expected));
}

test("a delivery has the documented body and headers, and verifies by either scheme", async () => {
  await community.publish(TYPE, DATA);
  const [request] = await receiver.waitForRequests(1);
  const body = request?.body.toString() ?? "";
  expect(body).toMatch(/^\{"event_id":\d+,"type":"connection.follow","created":\d+\.\d+,"data":/);
  expect(body.endsWith(`"data":${DATA}}`)).toBe(true);
  expect(request?.method).toBe("POST");
  const names = request?.rawHeaders.filter((_, index) => index % 2 === 0);
  expect(names?.toSorted()).toEqual(
    ["Content-Type", "SelfCommunity-Signature", "connection", "content-length", "host"].toSorted(),
  );
  expect(request?.headers["content-type"]).toBe("application/json");
  expect(request?.headers["selfcommunity-signature"]).toMatch(/^t=\d{10},v0=([0-9a-f]{64}),v1=\1$/);
  const secret = await reveal();
  expect([verify(request, secret, "v0"), verify(request, secret, "v1")]).toEqual([true, true]);
});

test("an attempt shows exactly what was sent and what came back", async () => {
  receiver.react(({ response }) => void response.writeHead(202).end('{"success":true}'));
  await community.publish(TYPE, DATA);
  const [request] = await receiver.waitForRequests(1);
  const { body: endpoint } = await send({ method: "GET", path: `${ENDPOINTS}${id}/` });
  const [attempt] = await attempts(1);
  const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
  expect(attempt).toEqual({
    id: expect.any(Number),
    created_at: time,
    event: endpoint.events[0],
    sent_at: time,
    http_request_body: request?.body.toString(),
    http_request_signature_header: request?.headers["selfcommunity-signature"],
    http_response_code: 202,
    http_response_body: '{"success":true}',
    next_retry: null,
  });
  expect(attempt.created_at >= attempt.sent_at).toBe(true);
});

test("six tries at 0, 5, 30, 155, 780 and 3905 s, then nothing; the bytes stay, time and signature do not", async () => {
  receiver.react(({ response }) => void response.writeHead(500).end("no"));
  const startedAt = world.clock.nowMs();
  await community.publish(TYPE, DATA);
  const waits = [5, 25, 125, 625, 3125];
  for (const [index, wait] of waits.entries()) {
    const [attempt] = await attempts(index + 1);
    expect(attempt.next_retry).toBe(new Date(world.clock.nowMs() + wait * 1000).toISOString().replace("Z", "000Z"));
    await world.advance(wait * 1000 - 1);
    expect(receiver.requests.length).toBe(index + 1);
    await world.advance(1);
    await receiver.waitForRequests(index + 2);
  }
  const all = await attempts(6);
  expect(all.map((attempt: { sent_at: string }) => (Date.parse(attempt.sent_at) - startedAt) / 1000)).toEqual([
    3905, 780, 155, 30, 5, 0,
  ]);
  expect(all[0].next_retry).toBeNull();
  await world.advance(30 * 24 * 3600 * 1000);
  expect(receiver.requests.length).toBe(6);
  expect(new Set(receiver.requests.map((request) => request.body.toString())).size).toBe(1);
  expect(new Set(receiver.requests.map((request) => request.headers["selfcommunity-signature"])).size).toBe(6);
  expect((await send({ method: "GET", path: `${ENDPOINTS}${id}/` })).body.is_active).toBe(true);
});

test.each([301, 302, 304, 400, 410, 429, 503])(
  "%i is a failure like every other, whatever it asks for",
  async (status) => {
    const headers = { location: `${receiver.url}/elsewhere`, "retry-after": "1" };
    receiver.react(({ response }) => void response.writeHead(status, headers).end());
    await community.publish(TYPE, DATA);
    const [attempt] = await attempts(1);
    expect(attempt.http_response_code).toBe(status);
    expect(Date.parse(attempt.next_retry) - Date.parse(attempt.sent_at)).toBe(5000);
    expect(receiver.requests.map((request) => request.path)).toEqual(["/"]);
  },
);

test("no answer shows as no code and an empty body", async () => {
  const { url } = receiver;
  await receiver[Symbol.asyncDispose]();
  await community.publish(TYPE, DATA);
  const [attempt] = await attempts(1);
  expect(attempt).toMatchObject({ http_response_code: null, http_response_body: "" });
  expect(attempt.next_retry).not.toBeNull();
  expect(url).toBeDefined();
});

test("an endpoint that is off gets nothing, loses what waits, and gets what comes after it is on again", async () => {
  receiver.react(({ response }) => void response.writeHead(500).end());
  await community.publish(TYPE, DATA);
  await attempts(1);
  await patch({ is_active: false });
  expect(await community.publish(TYPE, DATA)).toBe(0);
  await world.advance(5000);
  await patch({ is_active: true });
  await world.advance(3600_000);
  expect(receiver.requests.length).toBe(1);
  expect(await community.publish(TYPE, DATA)).toBe(1);
  await receiver.waitForRequests(2);
});

test("an endpoint that was created off gets nothing before it is on", async () => {
  const off = await createEndpoint(receiver.url, { is_active: false });
  expect(await community.publish(TYPE, DATA)).toBe(1);
  await send({ method: "PATCH", path: `${ENDPOINTS}${off}/`, body: { is_active: true } });
  expect(await community.publish(TYPE, DATA)).toBe(2);
  await send({ method: "DELETE", path: `${ENDPOINTS}${off}/` });
});

test("deleted, an endpoint gets no further try and its attempts are not there", async () => {
  receiver.react(({ response }) => void response.writeHead(500).end());
  await community.publish(TYPE, DATA);
  await attempts(1);
  await send({ method: "DELETE", path: `${ENDPOINTS}${id}/` });
  await world.advance(3600_000);
  expect(receiver.requests.length).toBe(1);
  expect((await send({ method: "GET", path: `${ENDPOINTS}${id}/attempt/` })).status).toBe(404);
});

test("a resend sends the same bytes and event at once, signed anew, as a further attempt", async () => {
  await community.publish(TYPE, DATA);
  const [first] = await receiver.waitForRequests(1);
  await attempts(1);
  await world.advance(2000);
  expect((await post("event/resend", { event: eventIdOf(first) })).status).toBe(204);
  await world.advance(0);
  const [, second] = await receiver.waitForRequests(2);
  expect(second?.body.equals(first?.body ?? Buffer.alloc(0))).toBe(true);
  expect(second?.headers["selfcommunity-signature"]).not.toBe(first?.headers["selfcommunity-signature"]);
  expect(verify(second, await reveal(), "v1")).toBe(true);
  expect((await attempts(2)).length).toBe(2);
});

test("a resend of what waits for its next try goes now, with all its tries", async () => {
  receiver.react(({ response }) => void response.writeHead(500).end());
  await community.publish(TYPE, DATA);
  const [first] = await receiver.waitForRequests(1);
  await attempts(1);
  await post("event/resend", { event: eventIdOf(first) });
  await world.advance(0);
  await receiver.waitForRequests(2);
  const [attempt] = await attempts(2);
  expect(Date.parse(attempt.next_retry) - Date.parse(attempt.sent_at)).toBe(5000);
});

test("a bulk resend sends each known event once and passes over the others", async () => {
  for (let count = 1; count <= 3; count += 1) {
    await community.publish(TYPE, DATA);
    await receiver.waitForRequests(count);
  }
  await attempts(3);
  const known = receiver.requests.map(eventIdOf);
  expect((await post("event/resend/bulk", { event: [...known, ...known, 1, 0, -5, 9999] })).status).toBe(204);
  await world.advance(0);
  await receiver.waitForRequests(6);
  expect(receiver.requests.slice(3).map(eventIdOf).toSorted()).toEqual(known.toSorted());
  await attempts(6);
});

test("nothing is sent again while the endpoint is off, nor what went to another endpoint", async () => {
  await community.publish(TYPE, DATA);
  const [first] = await receiver.waitForRequests(1);
  await attempts(1);
  await using elsewhere = await startReceiver();
  const other = await createEndpoint(elsewhere.url);
  const resend = { event: eventIdOf(first) };
  const path = `${ENDPOINTS}${other}/event/resend/`;
  expect((await send({ method: "POST", path, body: resend })).status).toBe(204);
  await patch({ is_active: false });
  expect((await post("event/resend", resend)).status).toBe(204);
  await world.advance(1000);
  expect([receiver.requests.length, elsewhere.requests.length]).toEqual([1, 0]);
  await send({ method: "DELETE", path: `${ENDPOINTS}${other}/` });
});

test("a wrong password changes nothing", async () => {
  await community.publish(TYPE, DATA);
  const [first] = await receiver.waitForRequests(1);
  await attempts(1);
  const before = await reveal();
  await post("secret/expire", { password: "wrong" });
  await post("event/resend", { event: eventIdOf(first), password: "wrong" });
  await world.advance(1000);
  expect(await reveal()).toBe(before);
  expect(receiver.requests.length).toBe(1);
});

test("expired, the old secret signs nothing any more, not even what was published before", async () => {
  receiver.react(({ response }) => void response.writeHead(500).end());
  await community.publish(TYPE, DATA);
  await attempts(1);
  const old = await reveal();
  await post("secret/expire");
  const fresh = await reveal();
  await world.advance(5000);
  const [, second] = await receiver.waitForRequests(2);
  expect([verify(second, old, "v1"), verify(second, fresh, "v1"), verify(second, fresh, "v0")]).toEqual([
    false,
    true,
    true,
  ]);
});

test("in the overlap of a rotation made elsewhere, both names of the new signature stand before those of the old", async () => {
  const root = world.client();
  const endpoints = `/v1/tenants/${community.tenant}/endpoints`;
  const { body: list } = await root.get(`${endpoints}?limit=1`);
  const old = await reveal();
  const { body: rotated } = await root.post(`${endpoints}/${list.data[0].id}/secrets/rotate`, {});
  await community.publish(TYPE, DATA);
  const [request] = await receiver.waitForRequests(1);
  const [t = "", ...signatures] = (request?.headers["selfcommunity-signature"] ?? "").split(",");
  const sign = (secret: string) =>
    createHmac("sha256", secret)
      .update(`${t.slice(2)}.`)
      .update(request?.body ?? "")
      .digest("hex");
  const both = [rotated.secret, old].flatMap((secret) => [`v0=${sign(secret)}`, `v1=${sign(secret)}`]);
  expect(signatures).toEqual(both);
  expect(await reveal()).toBe(rotated.secret);
});

test("only subscribed types are delivered", async () => {
  expect(await community.publish("comment.created", "{}")).toBe(0);
  await patch({ events: [{ type: "comment.created" }] });
  expect(await community.publish("comment.created", "{}")).toBe(1);
  expect(await community.publish(TYPE, DATA)).toBe(0);
  await patch({ events: [] });
  expect(await community.publish("comment.created", "{}")).toBe(0);
});

test("ssl_cert_verification false sends to a receiver with a certificate of its own", async () => {
  await using secure = await startReceiver({
    certificate: createCertificateAuthority().issue({ names: ["127.0.0.1"] }),
  });
  await patch({ target: secure.url });
  await community.publish(TYPE, DATA);
  const [refused] = await attempts(1);
  expect(refused.http_response_code).toBeNull();
  await patch({ ssl_cert_verification: false });
  await world.advance(5000);
  await secure.waitForRequests(1);
});

test("attempts are listed by sent_at, created_at and next_retry, those without one last ascending", async () => {
  let status = 500;
  receiver.react(({ response }) => void response.writeHead(status).end());
  for (let count = 1; count <= 3; count += 1) {
    if (count === 3) status = 200;
    await community.publish(TYPE, `{"count":${count}}`);
    await attempts(count);
    world.clock.advance(1000);
  }
  const order = async (ordering: string) =>
    (await attempts(3, `?ordering=${ordering}`)).map(({ http_request_body: body }: { http_request_body: string }) =>
      Number(/"count":(\d)/.exec(body)?.[1]),
    );
  expect(await order("sent_at")).toEqual([1, 2, 3]);
  expect(await order("-sent_at")).toEqual([3, 2, 1]);
  expect(await order("created_at")).toEqual([1, 2, 3]);
  expect(await order("-created_at")).toEqual([3, 2, 1]);
  expect(await order("next_retry")).toEqual([1, 2, 3]);
  expect(await order("-next_retry")).toEqual([3, 2, 1]);
  expect(await order("unknown")).toEqual([3, 2, 1]);
  const page = await send({ method: "GET", path: `${ENDPOINTS}${id}/attempt/?limit=1&offset=1` });
  expect(page.body).toMatchObject({
    count: 3,
    next: `${community.baseUrl}${ENDPOINTS}${id}/attempt/?limit=1&offset=2`,
    previous: `${community.baseUrl}${ENDPOINTS}${id}/attempt/?limit=1`,
  });
});

test("an endpoint of the native API is seen and acted on as far as the contract can say", async () => {
  const root = world.client();
  const path = `/v1/tenants/${community.tenant}/endpoints`;
  const { body: native } = await root.post(path, { url: receiver.url, eventTypes: ["comment.*", "vote.created"] });
  const { body: list } = await send({ method: "GET", path: `${ENDPOINTS}?limit=1` });
  const [seen] = list.results;
  expect(seen.events.map(({ type }: { type: string }) => type)).toEqual([
    "comment.created",
    "comment.updated",
    "comment.deleted",
    "comment.restored",
    "vote.created",
  ]);

  // Sent back as it was shown, prefixes stay prefixes.
  await send({ method: "PUT", path: `${ENDPOINTS}${seen.id}/`, body: seen });
  expect((await root.get(`${path}/${native.id}`)).body.eventTypes).toEqual(["comment.*", "vote.created"]);

  // Paused shows as off; off again keeps what waits, on resumes.
  await root.post(`${path}/${native.id}/pause`);
  expect(await community.publish("vote.created", "{}")).toBe(1);
  const off = await send({ method: "PUT", path: `${ENDPOINTS}${seen.id}/`, body: { ...seen, is_active: false } });
  expect(off.body.is_active).toBe(false);
  expect((await root.get(`${path}/${native.id}`)).body.status).toBe("paused");
  await send({ method: "PATCH", path: `${ENDPOINTS}${seen.id}/`, body: { is_active: true } });
  await world.advance(0);
  await receiver.waitForRequests(1);

  for (const act of ["secret/reveal", "secret/expire"]) {
    const refused = await send({ method: "POST", path: `${ENDPOINTS}${seen.id}/${act}/` });
    expect([refused.status, refused.body.errors[0].code]).toEqual([400, "invalid"]);
    expect(refused.body.errors[0].message).toContain("standard");
  }
  expect((await send({ method: "DELETE", path: `${ENDPOINTS}${seen.id}/` })).status).toBe(204);
});
