import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";

import { finishDelivery, leaseDelivery } from "../../../../test/support/finish-delivery.ts";
import { type NewTenant, newTenant } from "../../../../test/support/new-tenant.ts";
import { startApi, type TestApi } from "../../../../test/support/start-api.ts";
import { sweepClosedEndpoints } from "../../../core/endpoints/sweep-closed-endpoints.ts";
import { fromNumberId, fromUuidId, toNumberId } from "../../../core/ids/public-id.ts";

let api: TestApi;
let owner: NewTenant;
let woken = 0;

beforeAll(async () => {
  api = await startApi({ engine: { wakeDispatch: () => void (woken += 1) } });
});
afterAll(async () => {
  expect(api.faults).toEqual([]);
  await api[Symbol.asyncDispose]();
});
beforeEach(async () => {
  owner = await newTenant(api);
  await owner.register("invoice.paid", "invoice.void");
});

async function list(query: string) {
  const answer = await api.client().get(`${owner.path}/deliveries${query}`);
  expect(answer.status, answer.text).toBe(200);
  return answer.body.data;
}

/** One event to one new endpoint: the delivery that waits. */
async function createDelivery() {
  const { id: endpointId } = await owner.createEndpoint();
  await owner.publish("invoice.paid");
  const [delivery] = await list(`?endpointId=${endpointId}`);
  return { ...delivery, path: `${owner.path}/deliveries/${delivery.id}`, key: fromNumberId("dlv", delivery.id) ?? 0 };
}

async function readLane(endpointId: string) {
  const [lane] = await api.database.query<{ next_turn_at: Date }>(
    { name: "test-read-turn", text: "select next_turn_at from lanes where endpoint_id = $1::uuid" },
    [fromUuidId("ep", endpointId)],
  );
  return lane?.next_turn_at;
}

/** What the next claims would do with lanes in which nothing waits. */
async function dropLanes(): Promise<void> {
  await api.database.query({ name: "test-drop-lanes", text: "delete from lanes" }, []);
}

test("a waiting delivery is shown with its due time and no attempts", async () => {
  const endpointId = (await owner.createEndpoint()).id;
  const eventId = (await owner.publish("invoice.paid")).id;
  const [delivery] = await list("");
  expect(delivery).toEqual({
    id: expect.stringMatching(/^dlv_[0-9a-z]{11}$/),
    eventId,
    endpointId,
    type: "invoice.paid",
    state: "pending",
    reason: null,
    source: "publish",
    run: 1,
    attemptCount: 0,
    dueAt: api.clock.now().toISOString(),
    createdAt: api.clock.now().toISOString(),
    finishedAt: null,
    lastAttemptAt: null,
    lastClass: null,
    lastStatus: null,
  });
  expect((await api.client().get(`${owner.path}/deliveries/${delivery.id}`)).body).toEqual({
    ...delivery,
    attempts: [],
  });
});

test("an ended delivery explains itself: attempts with request, answer, timings, class and decision", async () => {
  const delivery = await createDelivery();
  await finishDelivery(api, { deliveryId: delivery.key, state: "pending", class: "dns_not_found" });
  api.clock.advance(5000);
  await finishDelivery(api, {
    deliveryId: delivery.key,
    state: "succeeded",
    status: 200,
    body: Buffer.from("ok"),
    attempts: 2,
  });
  const { body } = await api.client().get(delivery.path);
  expect(body).toMatchObject({
    state: "succeeded",
    attemptCount: 2,
    dueAt: null,
    finishedAt: api.clock.now().toISOString(),
    lastClass: null,
    lastStatus: 200,
  });
  expect(body.attempts).toMatchObject([
    {
      deliveryId: delivery.id,
      eventId: delivery.eventId,
      endpointId: delivery.endpointId,
      run: 1,
      number: 2,
      outcome: "accepted",
      class: null,
      cause: null,
      request: {
        url: "https://example.com/webhooks",
        headers: [
          { name: "host", value: "example.com" },
          { name: "authorization", value: "***" },
          { name: "webhook-id", value: "evt_x" },
        ],
        bytes: 4,
        sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
        signedBy: [1],
      },
      response: {
        status: 200,
        headers: [{ name: "content-type", value: "text/plain" }],
        body: "ok",
        bodyBase64: null,
        bytes: 2,
        truncated: false,
      },
      address: "192.0.2.1",
      timings: { waitMs: 0, dnsMs: 1, connectMs: 2.5, tlsMs: null, firstByteMs: 4, totalMs: 5, reused: false },
      decision: "finish",
    },
    {
      number: 1,
      outcome: "unreachable",
      class: "dns_not_found",
      cause: expect.stringContaining("no address"),
      advice: expect.stringContaining("DNS"),
      response: null,
      decision: "retry",
    },
  ]);
});

test("an answer that is not UTF-8 is shown as base64", async () => {
  const delivery = await createDelivery();
  const bytes = Buffer.from([0xff, 0xfe, 0x00]);
  await finishDelivery(api, { deliveryId: delivery.key, state: "exhausted", status: 500, body: bytes });
  const { body } = await api.client().get(delivery.path);
  expect(body.attempts[0].response).toMatchObject({ body: null, bodyBase64: bytes.toString("base64") });
});

test.each(["succeeded", "exhausted"] as const)(
  "resending a delivery that is %s begins a new run, due now",
  async (state) => {
    const delivery = await createDelivery();
    await finishDelivery(api, { deliveryId: delivery.key, state, status: state === "succeeded" ? 200 : 500 });
    await dropLanes();
    api.clock.advance(1000);
    const before = woken;
    const answer = await api.client().post(`${delivery.path}/resend`);
    expect(answer.body).toMatchObject({
      id: delivery.id,
      state: "pending",
      run: 2,
      attemptCount: 0,
      source: "resend",
      dueAt: api.clock.now().toISOString(),
      createdAt: delivery.createdAt,
      finishedAt: null,
    });
    expect(woken).toBe(before + 1);
    expect(await readLane(delivery.endpointId)).toEqual(api.clock.now());
    expect(await list(`?eventId=${delivery.eventId}`)).toHaveLength(1);
  },
);

test("a cancelled delivery can be resent", async () => {
  const delivery = await createDelivery();
  await api.client().post(`${delivery.path}/cancel`);
  expect((await api.client().post(`${delivery.path}/resend`)).body).toMatchObject({ state: "pending", run: 2 });
});

test("resending a delivery that waits begins a new run now", async () => {
  const delivery = await createDelivery();
  const dueAt = new Date(api.clock.nowMs() + 3_600_000);
  await finishDelivery(api, { deliveryId: delivery.key, state: "pending", status: 500, dueAt });
  expect((await api.client().post(`${delivery.path}/resend`)).body).toMatchObject({
    state: "pending",
    run: 2,
    attemptCount: 0,
    dueAt: api.clock.now().toISOString(),
  });
});

test("resends of an ended delivery at the same moment make one run", async () => {
  const delivery = await createDelivery();
  await finishDelivery(api, { deliveryId: delivery.key, state: "succeeded", status: 200 });
  const answers = await Promise.all([1, 2].map(() => api.client().post(`${delivery.path}/resend`)));
  expect(answers.map((answer) => answer.status)).toEqual([200, 200]);
  expect(await list(`?eventId=${delivery.eventId}`)).toHaveLength(1);
});

test("a delivery in flight can be neither resent nor cancelled", async () => {
  const delivery = await createDelivery();
  await leaseDelivery(api.database, delivery.key);
  for (const act of ["resend", "cancel"]) {
    const answer = await api.client().post(`${delivery.path}/${act}`);
    expect(answer.status).toBe(409);
    expect(answer.body.code).toBe("wrong_state");
  }
});

test("cancelling ends a waiting delivery; one that has ended stays as it ended", async () => {
  const delivery = await createDelivery();
  expect((await api.client().post(`${delivery.path}/cancel`)).body).toMatchObject({
    state: "cancelled",
    reason: "requested",
    finishedAt: api.clock.now().toISOString(),
  });
  const again = await api.client().post(`${delivery.path}/cancel`);
  expect(again.status).toBe(409);
  expect(again.body.code).toBe("wrong_state");
});

test.each(["disable", "delete"])("after the endpoint's %s a delivery is not resent", async (act) => {
  const delivery = await createDelivery();
  await finishDelivery(api, { deliveryId: delivery.key, state: "succeeded", status: 200 });
  const endpoint = `${owner.path}/endpoints/${delivery.endpointId}`;
  await (act === "delete" ? api.client().delete(endpoint) : api.client().post(`${endpoint}/disable`));
  const answer = await api.client().post(`${delivery.path}/resend`);
  expect(answer.status).toBe(409);
  expect(answer.body.code).toBe("endpoint_disabled");
  expect((await api.client().get(delivery.path)).body.state).toBe("succeeded");
});

test("a delivery whose event is past its retention is not resent", async () => {
  const delivery = await createDelivery();
  await finishDelivery(api, { deliveryId: delivery.key, state: "succeeded", status: 200 });
  await api.database.query({ name: "test-drop-event", text: "delete from events where id = $1::bigint" }, [
    fromNumberId("evt", delivery.eventId),
  ]);
  const answer = await api.client().post(`${delivery.path}/resend`);
  expect(answer.status).toBe(410);
  expect(answer.body.code).toBe("event_gone");
});

test("a resent test keeps its source, so that it still counts for nothing", async () => {
  const delivery = await createDelivery();
  await api.database.query(
    { name: "test-make-test", text: "update queue set source = 'test' where delivery_id = $1::bigint" },
    [delivery.key],
  );
  await finishDelivery(api, { deliveryId: delivery.key, state: "exhausted", status: 500 });
  expect((await api.client().post(`${delivery.path}/resend`)).body).toMatchObject({ source: "test", run: 2 });
});

test("a resend to a paused endpoint waits until it is resumed", async () => {
  const delivery = await createDelivery();
  await finishDelivery(api, { deliveryId: delivery.key, state: "succeeded", status: 200 });
  await api.client().post(`${owner.path}/endpoints/${delivery.endpointId}/pause`);
  expect((await api.client().post(`${delivery.path}/resend`)).body.state).toBe("pending");
});

test("what waits for an endpoint that is disabled behind our back is ended by the sweep, its lane too", async () => {
  const delivery = await createDelivery();
  await api.database.query(
    {
      name: "test-disable-endpoint",
      text: "update endpoints set status = 'disabled', status_reason = 'gone', route_keys = '{}' where id = $1::uuid",
    },
    [fromUuidId("ep", delivery.endpointId)],
  );
  const sweep = () => sweepClosedEndpoints({ database: api.database, now: api.clock.now(), limit: 100 });
  expect(await sweep()).toBe(1);
  expect(await sweep()).toBe(0);
  expect((await api.client().get(delivery.path)).body).toMatchObject({
    state: "cancelled",
    reason: "endpoint_disabled",
  });
  expect(await readLane(delivery.endpointId)).toBeUndefined();
});

test("another tenant's delivery is not found, and its lists are empty", async () => {
  const delivery = await createDelivery();
  const path = `${(await newTenant(api)).path}/deliveries`;
  for (const answer of [
    await api.client().get(`${path}/${delivery.id}`),
    await api.client().post(`${path}/${delivery.id}/resend`),
    await api.client().post(`${path}/${delivery.id}/cancel`),
    await api.client().get(`${path}/${toNumberId("dlv", 1)}`),
    await api.client().get(`${path}/nonsense`),
  ]) {
    expect(answer.status).toBe(404);
  }
  for (const query of ["", `?eventId=${delivery.eventId}`, `?endpointId=${delivery.endpointId}`]) {
    expect((await api.client().get(path + query)).body.data).toEqual([]);
  }
});
