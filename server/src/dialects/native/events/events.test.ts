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
  const slug = `owner-${tenants}`;
  await api.client().post("/v1/tenants", { name: "Owner", slug });
  tenant = `/v1/tenants/${slug}`;
  for (const type of ["invoice.paid", "invoice.void"]) await api.client().put(`${tenant}/event-types/${type}`, {});
});

async function createEndpoint(): Promise<string> {
  return (await api.client().post(`${tenant}/endpoints`, { url: "https://example.com/" })).body.id;
}

async function publishBytes(bytes: string): Promise<string> {
  const answer = await api.client().post(`${tenant}/events`, undefined, { bytes });
  expect(answer.status, answer.text).toBe(202);
  return answer.body.id;
}

const publish = (type = "invoice.paid") => publishBytes(JSON.stringify({ type, data: { n: 1 } }));

async function deliveriesOf(eventId: string) {
  return (await api.client().get(`${tenant}/deliveries?eventId=${eventId}`)).body.data;
}

async function finishAll(eventId: string): Promise<void> {
  for (const { id } of await deliveriesOf(eventId)) {
    await finishDelivery(api, { deliveryId: fromNumberId("dlv", id) ?? 0, state: "exhausted", status: 500 });
  }
}

test("an event is read back with its deliveries, unfinished and ended", async () => {
  await createEndpoint();
  await createEndpoint();
  const id = await publishBytes('{"type":"invoice.paid","channels":["eu"],"id":"in_1","data":{"n":1}}');
  const [first] = await deliveriesOf(id);
  await finishDelivery(api, { deliveryId: fromNumberId("dlv", first.id) ?? 0, state: "succeeded", status: 200 });
  const { body } = await api.client().get(`${tenant}/events/${id}`);
  expect(body).toMatchObject({
    id,
    type: "invoice.paid",
    channels: ["eu"],
    publisherId: "in_1",
    source: "publish",
    deliveryCount: 2,
    dataBytes: 7,
    createdAt: api.clock.now().toISOString(),
    data: { n: 1 },
  });
  expect(body.deliveries.map((delivery: { state: string }) => delivery.state).toSorted()).toEqual([
    "pending",
    "succeeded",
  ]);
});

test.each(["{}", '"text"', "12345678901234567890.10", '{ "b" : 1,\t"a":[ 1e2 , "\\u00e9é\\/" ] }', "null"])(
  "the data %s is read back byte for byte",
  async (data) => {
    const id = await publishBytes(`{"type":"invoice.paid","data":${data}}`);
    expect((await api.client().get(`${tenant}/events/${id}/data`)).text).toBe(data);
    expect((await api.client().get(`${tenant}/events/${id}`)).text).toContain(`"data":${data},"deliveries":[]}`);
  },
);

test("events are listed newest first without data, by type and time, page by page", async () => {
  const old = await publish("invoice.void");
  api.clock.advance(60_000);
  const then = encodeURIComponent(api.clock.now().toISOString());
  const recent = [await publish(), await publish()].toReversed();
  const ids = async (query: string) =>
    (await api.client().get(`${tenant}/events${query}`)).body.data.map((event: { id: string }) => event.id);
  expect(await ids("")).toEqual([...recent, old]);
  expect(await ids("?type=invoice.void")).toEqual([old]);
  expect(await ids(`?createdAfter=${then}`)).toEqual(recent);
  expect(await ids(`?createdBefore=${then}`)).toEqual([old]);
  const first = await api.client().get(`${tenant}/events?limit=2`);
  expect(await ids(`?limit=2&cursor=${first.body.nextCursor}`)).toEqual([old]);
});

test("a resend begins a new run of every delivery that has ended, and leaves what is unfinished", async () => {
  await createEndpoint();
  await createEndpoint();
  const id = await publish();
  const [first] = await deliveriesOf(id);
  await finishDelivery(api, { deliveryId: fromNumberId("dlv", first.id) ?? 0, state: "exhausted", status: 500 });
  expect((await api.client().post(`${tenant}/events/${id}/resend`)).body).toEqual({ resent: 1 });
  const runs = (await deliveriesOf(id)).map((delivery: { run: number }) => delivery.run);
  expect(runs.toSorted()).toEqual([1, 2]);
  expect((await api.client().post(`${tenant}/events/${id}/resend`)).body).toEqual({ resent: 0 });
});

test("a resend goes only to the endpoints that are named", async () => {
  const endpointId = await createEndpoint();
  await createEndpoint();
  const id = await publish();
  await finishAll(id);
  const answer = await api.client().post(`${tenant}/events/${id}/resend`, { endpointIds: [endpointId, endpointId] });
  expect(answer.body).toEqual({ resent: 1 });
  const pending = (await deliveriesOf(id)).filter((delivery: { state: string }) => delivery.state === "pending");
  expect(pending).toMatchObject([{ endpointId, run: 2 }]);
});

test("an endpoint that has no delivery of the event is refused by name and gets none without", async () => {
  const id = await publish();
  const late = await createEndpoint();
  const answer = await api.client().post(`${tenant}/events/${id}/resend`, { endpointIds: [late] });
  expect(answer.status).toBe(400);
  expect(answer.body.errors).toMatchObject([{ path: "/endpointIds/0", code: "no_delivery" }]);
  expect((await api.client().post(`${tenant}/events/${id}/resend`)).body).toEqual({ resent: 0 });
});

test("a disabled endpoint is left out of a resend, and refused where it is named", async () => {
  const endpointId = await createEndpoint();
  const id = await publish();
  await finishAll(id);
  await api.client().post(`${tenant}/endpoints/${endpointId}/disable`);
  expect((await api.client().post(`${tenant}/events/${id}/resend`)).body).toEqual({ resent: 0 });
  const named = await api.client().post(`${tenant}/events/${id}/resend`, { endpointIds: [endpointId] });
  expect(named.status).toBe(409);
  expect(named.body.code).toBe("endpoint_disabled");
});

test.each([[[]], [["ep_1"]], ["ep_1"]])("endpointIds %j is refused with its path", async (endpointIds) => {
  const id = await publish();
  const answer = await api.client().post(`${tenant}/events/${id}/resend`, { endpointIds });
  expect(answer.status).toBe(400);
  expect(answer.body.errors[0].path).toMatch(/^\/endpointIds/);
});

test("an event past its retention cannot be resent while its deliveries are still known", async () => {
  await createEndpoint();
  const id = await publish();
  await finishAll(id);
  await api.database.query({ name: "test-drop-event", text: "delete from events where id = $1::bigint" }, [
    fromNumberId("evt", id),
  ]);
  expect((await api.client().post(`${tenant}/events/${id}/resend`)).status).toBe(410);
  expect((await api.client().get(`${tenant}/events/${id}`)).status).toBe(404);
});

test("another tenant's event is not found", async () => {
  const id = await publish();
  const slug = `other-${tenants}`;
  await api.client().post("/v1/tenants", { name: "Other", slug });
  const path = `/v1/tenants/${slug}/events`;
  for (const answer of [
    await api.client().get(`${path}/${id}`),
    await api.client().get(`${path}/${id}/data`),
    await api.client().post(`${path}/${id}/resend`),
    await api.client().get(`${path}/nonsense`),
  ]) {
    expect(answer.status).toBe(404);
  }
  expect((await api.client().get(path)).body.data).toEqual([]);
});
