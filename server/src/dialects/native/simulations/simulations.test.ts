/** Simulations and forecasts over the API: what they are computed with, what they read, and what they refuse. */
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";

import { finishDelivery } from "../../../../test/support/finish-delivery.ts";
import { startApi, type TestApi } from "../../../../test/support/start-api.ts";
import { fromNumberId } from "../../../core/ids/public-id.ts";

let api: TestApi;
let tenant: string;
let tenants = 0;

beforeAll(async () => {
  api = await startApi();
});
afterAll(async () => {
  expect(api.faults).toEqual([]);
  await api[Symbol.asyncDispose]();
});
beforeEach(async () => {
  tenants += 1;
  tenant = `/v1/tenants/simulated-${tenants}`;
  await api.client().post("/v1/tenants", { name: "Simulated", slug: `simulated-${tenants}` });
  await api.client().put(`${tenant}/event-types/invoice.paid`, {});
});

async function simulate(input: object) {
  const { status, body, text } = await api.client().post(`${tenant}/simulations`, input);
  expect(status, text).toBe(200);
  return body;
}

async function endpoint(settings: object = {}): Promise<string> {
  const answer = await api.client().post(`${tenant}/endpoints`, { url: "https://example.com/", ...settings });
  expect(answer.status, answer.text).toBe(201);
  return answer.body.id;
}

const publish = () => api.client().post(`${tenant}/events`, { type: "invoice.paid", data: {} });

async function forecast(id: string, query = "") {
  const { status, body, text } = await api.client().get(`${tenant}/endpoints/${id}/forecast${query}`);
  expect(status, text).toBe(200);
  return body;
}

test("a profile alone is enough, and the answer says what it was computed with", async () => {
  const body = await simulate({ outage: { seconds: 3600 } });
  expect(body.settings).toMatchObject({
    profile: "standard",
    jitter: 0.2,
    timeoutMs: 15_000,
    maxInFlight: 16,
    failureClass: "http_server_error",
    failureStatus: 500,
  });
  expect(body.outage.startsAt).toBe(api.clock.now().toISOString());
  expect(body.summary[0]).toBe("No delivery is given up.");
  expect(body.deliveries).toHaveLength(5);
});

test("an endpoint's settings are taken, and what is given takes their place", async () => {
  const endpointId = await endpoint({ retryWaits: [7], rateLimitPerSecond: 50, timeoutMs: 3000, maxInFlight: 2 });
  const outage = { seconds: 60, class: "headers_timeout" };
  const own = await simulate({ endpointId, outage });
  expect(own.settings).toMatchObject({
    waitsSeconds: [7],
    rateLimitPerSecond: 50,
    maxInFlight: 2,
    failedAttemptMs: 3000,
  });
  const other = await simulate({ endpointId, outage, retryWaits: null, rateLimitPerSecond: null });
  expect(other.settings).toMatchObject({
    waitsSeconds: expect.arrayContaining([300]),
    rateLimitPerSecond: null,
    maxInFlight: 2,
  });
});

test("nothing is stored, and the same Idempotency-Key gives the same answer", async () => {
  const input = { outage: { seconds: 60 } };
  const first = await api.client().post(`${tenant}/simulations`, input, { idempotencyKey: "twice" });
  api.clock.advance(5_000);
  const second = await api.client().post(`${tenant}/simulations`, input, { idempotencyKey: "twice" });
  expect(second.body).toEqual(first.body);
});

test.each<[object, string]>([
  [{}, "/outage"],
  [{ outage: { seconds: 0 } }, "/outage/seconds"],
  [{ outage: { seconds: 2_592_001 } }, "/outage/seconds"],
  [{ outage: { seconds: 60, status: 204 } }, "/outage/status"],
  [{ outage: { seconds: 60, status: 500, class: "connect_refused" } }, "/outage/class"],
  [{ outage: { seconds: 60, class: "key_unavailable" } }, "/outage/class"],
  [{ outage: { seconds: 60 }, eventsPerSecond: -1 }, "/eventsPerSecond"],
  [{ outage: { seconds: 60 }, retryWaits: [5, 0] }, "/retryWaits/1"],
  [{ outage: { seconds: 60 }, timeoutMs: 1 }, "/timeoutMs"],
  [{ outage: { seconds: 60 }, endpointId: "ep_1" }, "/endpointId"],
  [{ outage: { seconds: 60 }, other: 1 }, ""],
])("%j is refused with its path", async (input, path) => {
  const { status, body } = await api.client().post(`${tenant}/simulations`, input);
  expect([status, body.code]).toEqual([400, "validation_failed"]);
  expect(body.errors.map((one: { path: string }) => one.path).some((one: string) => one.startsWith(path))).toBe(true);
});

test("a forecast is computed from what waits, how it was answered and how it failed", async () => {
  const id = await endpoint({ retryWaits: [60, 600] });
  for (let made = 0; made < 6; made += 1) await publish();
  const { body } = await api.client().get(`${tenant}/deliveries?endpointId=${id}`);
  const [first, second] = body.data;
  const finish = (one: { id: string }, state: "succeeded" | "exhausted", status: number) =>
    finishDelivery(api, { deliveryId: fromNumberId("dlv", one.id) ?? 0, state, status });
  await finish(first, "succeeded", 200);
  await finish(second, "exhausted", 500);
  const now = await forecast(id);
  expect(now.basis).toEqual({ waiting: 4, waitingIsWhole: true, assumed: [] });
  expect(now.settings).toMatchObject({ failureClass: "http_server_error", failureStatus: 500 });
  expect(now.settings.eventsPerSecond).toBeCloseTo(6 / 3600, 6);
  expect(now).toMatchObject({ made: 4, waitingAtEnd: 4, exhausted: null, drain: { limitedBy: "schedule" } });

  const backAt = encodeURIComponent(new Date(api.clock.nowMs() + 3_600_000).toISOString());
  const later = await forecast(id, `?backAt=${backAt}`);
  // One comes every ten minutes. All three tries of the four that wait lie in the hour, and those of four that come.
  expect([later.made, later.exhausted.count]).toEqual([9, 8]);
});

test("what was never seen is assumed, and said to be; nothing waits, nothing to drain", async () => {
  const id = await endpoint();
  expect(await forecast(id)).toMatchObject({
    basis: { waiting: 0, assumed: ["answerMs", "failure"] },
    made: 0,
    drain: { seconds: 0 },
  });
});

test("a paused endpoint keeps what waits until the receiver is back", async () => {
  const id = await endpoint();
  await publish();
  await api.client().post(`${tenant}/endpoints/${id}/pause`);
  const backAt = new Date(api.clock.nowMs() + 86_400_000).toISOString();
  const body = await forecast(id, `?backAt=${encodeURIComponent(backAt)}`);
  expect(body.exhausted).toBeNull();
  expect(body.drain.caughtUpAt >= backAt).toBe(true);
  expect(body.waitingAtEnd).toBe(body.made);
});

test("a disabled endpoint, a time too far ahead, too little scope and another tenant's endpoint are refused", async () => {
  const id = await endpoint();
  const path = `${tenant}/endpoints/${id}/forecast`;
  const far = encodeURIComponent(new Date(api.clock.nowMs() + 31 * 86_400_000).toISOString());
  expect((await api.client().get(`${path}?backAt=${far}`)).body.errors).toMatchObject([{ path: "/backAt" }]);
  const { body } = await api.client().post(`${tenant}/api-keys`, { name: "Deliveries", scopes: ["deliveries:read"] });
  const narrow = api.client(body.token);
  expect((await narrow.get(path)).status).toBe(403);
  expect((await narrow.post(`${tenant}/simulations`, { outage: { seconds: 60 } })).status).toBe(200);
  expect((await narrow.post(`${tenant}/simulations`, { outage: { seconds: 60 }, endpointId: id })).status).toBe(403);
  await api.client().post(`${tenant}/endpoints/${id}/disable`);
  expect((await api.client().get(path)).body.code).toBe("endpoint_disabled");
  const slug = `elsewhere-${tenants}`;
  await api.client().post("/v1/tenants", { name: "Elsewhere", slug });
  expect((await api.client().get(`/v1/tenants/${slug}/endpoints/${id}/forecast`)).status).toBe(404);
  const asked = { outage: { seconds: 60 }, endpointId: id };
  expect((await api.client().post(`/v1/tenants/${slug}/simulations`, asked)).status).toBe(404);
});
