import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";

import { finishDelivery, leaseDelivery } from "../../../../test/support/finish-delivery.ts";
import { type NewTenant, newTenant } from "../../../../test/support/new-tenant.ts";
import { startApi, type TestApi } from "../../../../test/support/start-api.ts";
import { fromNumberId } from "../../../core/ids/public-id.ts";

let api: TestApi;
let owner: NewTenant;

beforeAll(async () => {
  api = await startApi();
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

test("unfinished and ended deliveries are one list, newest first, page by page", async () => {
  await owner.createEndpoint();
  const events: string[] = [];
  for (let count = 0; count < 7; count += 1) events.unshift((await owner.publish("invoice.paid")).id);
  for (const delivery of (await list("")).filter((_: unknown, index: number) => index % 2 === 0)) {
    await finishDelivery(api, { deliveryId: fromNumberId("dlv", delivery.id) ?? 0, state: "succeeded", status: 200 });
  }
  for (const limit of [1, 2, 3, 7, 8]) {
    const seen: string[] = [];
    let cursor: string | null = "";
    while (cursor !== null) {
      const { body } = await api
        .client()
        .get(`${owner.path}/deliveries?limit=${limit}${cursor && `&cursor=${cursor}`}`);
      seen.push(...body.data.map((delivery: { eventId: string }) => delivery.eventId));
      cursor = body.nextCursor;
    }
    expect(seen).toEqual(events);
  }
});

test("each filter shows what matches it and nothing else", async () => {
  const first = (await owner.createEndpoint()).id;
  const second = (await owner.createEndpoint()).id;
  const paid = (await owner.publish("invoice.paid")).id;
  api.clock.advance(60_000);
  const voided = (await owner.publish("invoice.void")).id;
  const all = await list("");
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
  const answer = await api.client().get(`${owner.path}/deliveries?${query}`);
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
  const first = await api.client().get(`${owner.path}/deliveries?code=500`);
  expect(first.body.data).toEqual([]);
  const second = await api.client().get(`${owner.path}/deliveries?code=500&cursor=${first.body.nextCursor}`);
  expect(second.body.data).toMatchObject([{ id: delivery.id }]);
  expect(second.body.nextCursor).toBeNull();
});

test("a list from a time on ends there, without walking all that is older", async () => {
  await createDelivery();
  api.clock.advance(3 * 3_600_000);
  const after = encodeURIComponent(api.clock.now().toISOString());
  const { body } = await api.client().get(`${owner.path}/deliveries?createdAfter=${after}&state=pending`);
  expect(body).toEqual({ data: [], nextCursor: null });
});
