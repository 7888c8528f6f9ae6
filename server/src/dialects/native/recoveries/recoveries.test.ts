/** Recoveries over HTTP: what the preview counts, what is refused, what is recorded. How they run is tested in maintenance. */
import { afterAll, beforeAll, expect, test } from "vitest";

import { failedDeliveries, runAfter } from "../../../../test/support/failed-deliveries.ts";
import { startApi, type TestApi } from "../../../../test/support/start-api.ts";

let api: TestApi;
beforeAll(async () => {
  api = await startApi();
});
afterAll(async () => {
  expect(api.faults).toEqual([]);
  await api[Symbol.asyncDispose]();
});

async function setup() {
  const tenant = await failedDeliveries(api);
  const endpoint = await tenant.createEndpoint();
  const root = api.client();
  const preview = async (filter: object = {}) => {
    const answer = await root.post(`${tenant.recoveries}/preview`, filter);
    expect(answer.status, answer.text).toBe(200);
    return answer.body;
  };
  return { tenant, endpoint, root, preview };
}

/** What `newTenant` publishes as data: `{"n":1}`. */
const DATA_BYTES = 7;

test("the preview counts what failed, with bytes and the oldest, and changes nothing", async () => {
  const { tenant, preview } = await setup();
  const oldestAt = api.clock.now().toISOString();
  await tenant.end(1);
  api.clock.advance(60_000);
  await tenant.end(1);
  await tenant.end(1, { state: "succeeded", status: 200 });
  await tenant.publish("invoice.paid");
  const before = await tenant.deliveries();
  expect(await preview()).toEqual({
    deliveries: 2,
    endpoints: 1,
    bytes: 2 * DATA_BYTES,
    oldestAt,
    deliveredBefore: 0,
    payloadsGone: 0,
    endpointsClosed: 0,
    complete: true,
    reachedAt: null,
  });
  expect(await tenant.deliveries()).toEqual(before);
});

test("the preview tells what is gone, whose endpoint is closed, and what was delivered before", async () => {
  const { tenant, endpoint, root, preview } = await setup();
  const closed = await tenant.createEndpoint();
  await tenant.end(1, { state: "succeeded", status: 200 });
  const [gone = 0] = await tenant.end(1);
  await root.post(`${tenant.path}/endpoints/${closed.id}/disable`);
  expect(await preview()).toMatchObject({ deliveries: 1, endpoints: 1, endpointsClosed: 1, deliveredBefore: 0 });

  const { body } = await root.get(`${tenant.path}/deliveries?endpointId=${endpoint.id}&state=succeeded`);
  await root.post(`${tenant.path}/deliveries/${body.data[0].id}/resend`);
  await tenant.endWaiting();
  expect((await tenant.deliveries()).filter(({ run }) => run === 2)).toMatchObject([{ waits: false }]);
  expect(await preview()).toMatchObject({ deliveries: 2, deliveredBefore: 1, bytes: 2 * DATA_BYTES });

  await api.database.query(
    {
      name: "test-lose-event",
      text: "delete from events where id = (select event_id from deliveries where id = $1::bigint)",
    },
    [gone],
  );
  expect(await preview()).toMatchObject({ deliveries: 1, payloadsGone: 2, endpointsClosed: 0, bytes: DATA_BYTES });
});

test("never attempted is what was cancelled with its endpoint, and not what somebody cancelled by hand", async () => {
  const { tenant, endpoint, root, preview } = await setup();
  await tenant.publish("invoice.paid");
  const { body } = await root.get(`${tenant.path}/deliveries`);
  await root.post(`${tenant.path}/deliveries/${body.data[0].id}/cancel`);
  await tenant.publish("invoice.paid");
  for (const act of ["disable", "enable"]) await root.post(`${tenant.path}/endpoints/${endpoint.id}/${act}`);
  await tenant.end(2);
  expect(await preview({ outcomes: ["never_attempted"] })).toMatchObject({ deliveries: 1 });
  expect(await preview({ outcomes: ["failed"] })).toMatchObject({ deliveries: 2 });
  await tenant.start({ outcomes: ["never_attempted"] });
  expect(await runAfter(api, 1_000)).toMatchObject({ deliveries: 1 });
});

test("preview and recovery mean the same by each member of the filter", async () => {
  const { tenant, root, preview } = await setup();
  await tenant.register("order.paid");
  const other = await tenant.createEndpoint({ eventTypes: ["order.paid"] });
  await tenant.end(1);
  await tenant.end(1, { class: "http_gateway", status: 502 });
  api.clock.advance(5_000);
  const between = api.clock.now().toISOString();
  await tenant.end(1, {}, "order.paid");
  for (const [filter, deliveries] of [
    [{ endpointIds: [other.id, other.id] }, 1],
    [{ type: "order.paid" }, 2],
    [{ class: "http_gateway" }, 1],
    [{ createdAfter: between }, 2],
    [{ createdBefore: between }, 2],
    [{ createdBefore: "1970-01-02T00:00:00Z" }, 0],
    [{ createdAfter: between, type: "invoice.paid" }, 0],
  ] as const) {
    expect(await preview(filter), JSON.stringify(filter)).toMatchObject({ deliveries });
    const recovery = await tenant.start({ ...filter, ratePerSecond: 1_000 });
    await runAfter(api, 1_000);
    const { body } = await root.get(recovery);
    expect(body, JSON.stringify(filter)).toMatchObject({ state: "finished", recovered: deliveries });
    await tenant.endWaiting();
  }
});

test("what cannot be meant is refused, with its path", async () => {
  const { tenant, root } = await setup();
  const other = await setup();
  const time = api.clock.now().toISOString();
  for (const path of [tenant.recoveries, `${tenant.recoveries}/preview`]) {
    for (const [body, where, code] of [
      [{ endpointIds: [] }, "/endpointIds", "out_of_bounds"],
      [{ endpointIds: ["ep_1"] }, "/endpointIds/0", "invalid_format"],
      [{ endpointIds: [other.endpoint.id] }, "/endpointIds/0", "unknown_endpoint"],
      [{ outcomes: [] }, "/outcomes", "out_of_bounds"],
      [{ outcomes: ["succeeded"] }, "/outcomes/0", "invalid_value"],
      [{ class: "none" }, "/class", "invalid_value"],
      [{ createdAfter: "yesterday" }, "/createdAfter", "invalid_format"],
      [{ createdAfter: time, createdBefore: time }, "/createdBefore", "out_of_bounds"],
      [{ endpointId: "ep_1" }, "/endpointId", "unknown_member"],
    ] as const) {
      const refused = await root.post(path, body);
      expect([refused.status, refused.body.errors], refused.text).toMatchObject([400, [{ path: where, code }]]);
    }
  }
  for (const [body, where] of [
    [{ ratePerSecond: 0 }, "/ratePerSecond"],
    [{ ratePerSecond: 1_001 }, "/ratePerSecond"],
    [{ order: "random" }, "/order"],
  ] as const) {
    const refused = await root.post(tenant.recoveries, body);
    expect([refused.status, refused.body.errors], refused.text).toMatchObject([400, [{ path: where }]]);
  }
  expect((await root.get(tenant.recoveries)).body.data).toEqual([]);
});

test("a tenant has twenty that are not done; a repeated request makes no second one", async () => {
  const { tenant, root } = await setup();
  const options = { idempotencyKey: "once" };
  const first = await root.post(tenant.recoveries, {}, options);
  const again = await root.post(tenant.recoveries, {}, options);
  expect([first.status, again.text]).toEqual([201, first.text]);
  const paths = [`${tenant.recoveries}/${first.body.id}`];
  for (let count = 1; count < 20; count += 1) paths.push(await tenant.start());
  const refused = await root.post(tenant.recoveries, {});
  expect([refused.status, refused.body.code]).toEqual([409, "limit_reached"]);
  await root.post(`${paths[0]}/pause`);
  expect((await root.post(tenant.recoveries, {})).status).toBe(409);
  await root.post(`${paths[0]}/cancel`);
  paths.push(await tenant.start());

  const page = await root.get(`${tenant.recoveries}?limit=20`);
  const rest = await root.get(`${tenant.recoveries}?limit=20&cursor=${page.body.nextCursor}`);
  const listed = [...page.body.data, ...rest.body.data].map(({ id }) => `${tenant.recoveries}/${id}`);
  expect([listed, rest.body.nextCursor]).toEqual([paths.toReversed(), null]);
});

test("every act leaves one row, and none where nothing changed", async () => {
  const { tenant, root } = await setup();
  const recovery = await tenant.start({ type: "invoice.paid", ratePerSecond: 7 });
  for (const act of ["pause", "pause", "resume", "resume", "cancel", "cancel"]) {
    expect((await root.post(`${recovery}/${act}`)).status).toBe(200);
  }
  expect((await root.post(`${recovery}/resume`)).body.code).toBe("wrong_state");
  const subject = `recovery:${recovery.split("/").at(-1)}`;
  const { body } = await root.get(`${tenant.path}/audit?subject=${subject}`);
  expect(body.data.toReversed()).toMatchObject([
    { action: "recovery.start", subject, before: null, after: { type: "invoice.paid", ratePerSecond: 7 } },
    { action: "recovery.pause", before: { state: "running" }, after: { state: "paused" } },
    { action: "recovery.resume", before: { state: "paused" }, after: { state: "running" } },
    { action: "recovery.cancel", before: { state: "running" }, after: { state: "cancelled" } },
  ]);
});

test("another tenant's recovery is none, and reading needs less than starting", async () => {
  const { tenant, root } = await setup();
  const other = await setup();
  const recovery = await tenant.start();
  const foreign = recovery.replace(tenant.slug, other.tenant.slug);
  expect((await root.get(foreign)).status).toBe(404);
  for (const act of ["pause", "resume", "cancel"]) expect((await root.post(`${foreign}/${act}`)).status).toBe(404);

  const { body } = await root.post(`${tenant.path}/api-keys`, { name: "reader", scopes: ["deliveries:read"] });
  const reader = api.client(body.token);
  expect((await reader.get(recovery)).body.state).toBe("running");
  expect((await reader.post(`${tenant.recoveries}/preview`, {})).status).toBe(200);
  expect((await reader.post(tenant.recoveries, {})).status).toBe(403);
  expect((await reader.post(`${recovery}/cancel`)).status).toBe(403);
});
