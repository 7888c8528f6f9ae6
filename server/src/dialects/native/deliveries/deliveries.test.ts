import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";

import { finishDelivery, leaseDelivery } from "../../../../test/support/finish-delivery.ts";
import { startApi, type TestApi } from "../../../../test/support/start-api.ts";
import { sweepClosedEndpoints } from "../../../core/endpoints/sweep-closed-endpoints.ts";
import { fromNumberId, fromUuidId, toNumberId } from "../../../core/ids/public-id.ts";

let api: TestApi;
let tenant: string;
let woken = 0;
let tenants = 0;

beforeAll(async () => {
  api = await startApi({ engine: { wakeDispatch: () => void (woken += 1) } });
});
afterAll(async () => {
  expect(api.faults).toEqual([]);
  await api[Symbol.asyncDispose]();
});
beforeEach(async () => {
  tenants += 1;
  const slug = `owner-${tenants}`;
  await api.client().post("/v1/tenants", { name: "Owner", slug });
  tenant = `/v1/tenants/${slug}`;
  for (const type of ["invoice.paid", "invoice.void"]) await api.client().put(`${tenant}/event-types/${type}`, {});
});

async function createEndpoint(): Promise<string> {
  return (await api.client().post(`${tenant}/endpoints`, { url: "https://example.com/" })).body.id;
}

async function publish(type = "invoice.paid"): Promise<string> {
  return (await api.client().post(`${tenant}/events`, { type, data: { n: 1 } })).body.id;
}

async function list(query = "") {
  const answer = await api.client().get(`${tenant}/deliveries${query}`);
  expect(answer.status, answer.text).toBe(200);
  return answer.body.data;
}

/** One event to one new endpoint: the delivery that waits. */
async function createDelivery() {
  const endpointId = await createEndpoint();
  await publish();
  const [delivery] = await list(`?endpointId=${endpointId}`);
  return { ...delivery, path: `${tenant}/deliveries/${delivery.id}`, key: fromNumberId("dlv", delivery.id) ?? 0 };
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
  const endpointId = await createEndpoint();
  const eventId = await publish();
  const [delivery] = await list();
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
  expect((await api.client().get(`${tenant}/deliveries/${delivery.id}`)).body).toEqual({ ...delivery, attempts: [] });
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
      timings: { dnsMs: 1, connectMs: 2.5, tlsMs: null, firstByteMs: 4, totalMs: 5, reused: false },
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

test("unfinished and ended deliveries are one list, newest first, page by page", async () => {
  await createEndpoint();
  const events: string[] = [];
  for (let count = 0; count < 7; count += 1) events.unshift(await publish());
  for (const delivery of (await list()).filter((_: unknown, index: number) => index % 2 === 0)) {
    await finishDelivery(api, { deliveryId: fromNumberId("dlv", delivery.id) ?? 0, state: "succeeded", status: 200 });
  }
  for (const limit of [1, 2, 3, 7, 8]) {
    const seen: string[] = [];
    let cursor: string | null = "";
    while (cursor !== null) {
      const { body } = await api.client().get(`${tenant}/deliveries?limit=${limit}${cursor && `&cursor=${cursor}`}`);
      seen.push(...body.data.map((delivery: { eventId: string }) => delivery.eventId));
      cursor = body.nextCursor;
    }
    expect(seen).toEqual(events);
  }
});

test("each filter shows what matches it and nothing else", async () => {
  const first = await createEndpoint();
  const second = await createEndpoint();
  const paid = await publish("invoice.paid");
  api.clock.advance(60_000);
  const voided = await publish("invoice.void");
  const all = await list();
  const find = (eventId: string, endpointId: string) =>
    fromNumberId(
      "dlv",
      all.find(
        (one: { eventId: string; endpointId: string }) => one.eventId === eventId && one.endpointId === endpointId,
      ).id,
    ) ?? 0;
  await finishDelivery(api, { deliveryId: find(paid, first), state: "succeeded", status: 204 });
  await finishDelivery(api, { deliveryId: find(paid, second), state: "exhausted", status: 503, class: "http_gateway" });
  await finishDelivery(api, { deliveryId: find(voided, first), state: "pending", status: 503, class: "http_gateway" });
  await leaseDelivery(api.database, find(voided, second));

  const matching = async (query: string) =>
    (await list(`?${query}`))
      .map((one: { eventId: string; endpointId: string }) => `${one.eventId} ${one.endpointId}`)
      .toSorted();
  const pairs = (...of: [string, string][]) => of.map((pair) => pair.join(" ")).toSorted();
  const then = encodeURIComponent(api.clock.now().toISOString());
  expect(await matching(`endpointId=${first}`)).toEqual(pairs([paid, first], [voided, first]));
  expect(await matching(`eventId=${paid}`)).toEqual(pairs([paid, first], [paid, second]));
  expect(await matching(`eventId=${voided}&endpointId=${second}`)).toEqual(pairs([voided, second]));
  expect(await matching("state=pending")).toEqual(pairs([voided, first]));
  expect(await matching("state=in_flight")).toEqual(pairs([voided, second]));
  expect(await matching("state=exhausted")).toEqual(pairs([paid, second]));
  expect(await matching("state=cancelled")).toEqual([]);
  expect(await matching("type=invoice.void")).toEqual(pairs([voided, first], [voided, second]));
  expect(await matching("class=http_gateway")).toEqual(pairs([paid, second], [voided, first]));
  expect(await matching("code=204")).toEqual(pairs([paid, first]));
  expect(await matching("source=publish")).toHaveLength(4);
  expect(await matching("source=resend")).toEqual([]);
  expect(await matching(`createdAfter=${then}`)).toEqual(pairs([voided, first], [voided, second]));
  expect(await matching(`createdBefore=${then}`)).toEqual(pairs([paid, first], [paid, second]));
});

test.each([
  ["state=sleeping", "/state"],
  ["endpointId=ep_1", "/endpointId"],
  ["eventId=dlv_00000000001", "/eventId"],
  ["class=bad_luck", "/class"],
  ["code=20x", "/code"],
  ["source=nobody", "/source"],
  ["createdAfter=yesterday", "/createdAfter"],
  ["createdBefore=1969-12-31T23:59:59Z", "/createdBefore"],
  ["limit=0", "/limit"],
  ["limit=251", "/limit"],
  ["cursor=!!", "/cursor"],
  ["colour=red", "/colour"],
])("the query %s is refused with its path", async (query, path) => {
  const answer = await api.client().get(`${tenant}/deliveries?${query}`);
  expect(answer.status).toBe(400);
  expect(answer.body.errors).toMatchObject([{ path }]);
});

test("a filter that matches nothing in a large list gives an empty page with a way on", async () => {
  const delivery = await createDelivery();
  await api.database.query(
    {
      name: "test-fill-queue",
      text: `insert into queue (delivery_id, event_id, tenant_id, endpoint_id, type, source, due_at, created_at, run_started_at)
        select nextval('ids'), event_id, tenant_id, endpoint_id, type, source, due_at, created_at, run_started_at
        from queue, generate_series(1, 10000) where delivery_id = $1::bigint`,
    },
    [delivery.key],
  );
  await finishDelivery(api, { deliveryId: delivery.key, state: "exhausted", status: 500 });
  const first = await api.client().get(`${tenant}/deliveries?code=500`);
  expect(first.body.data).toEqual([]);
  const second = await api.client().get(`${tenant}/deliveries?code=500&cursor=${first.body.nextCursor}`);
  expect(second.body.data).toMatchObject([{ id: delivery.id }]);
  expect(second.body.nextCursor).toBeNull();
});

test("a list from a time on ends there, without walking all that is older", async () => {
  await createDelivery();
  api.clock.advance(3 * 3_600_000);
  const after = encodeURIComponent(api.clock.now().toISOString());
  const { body } = await api.client().get(`${tenant}/deliveries?createdAfter=${after}&state=pending`);
  expect(body).toEqual({ data: [], nextCursor: null });
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
  const endpoint = `${tenant}/endpoints/${delivery.endpointId}`;
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
  await api.client().post(`${tenant}/endpoints/${delivery.endpointId}/pause`);
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
  const slug = `other-${tenants}`;
  await api.client().post("/v1/tenants", { name: "Other", slug });
  const path = `/v1/tenants/${slug}/deliveries`;
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
