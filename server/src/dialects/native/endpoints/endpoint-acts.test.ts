import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";

import { type NewTenant, newTenant } from "../../../../test/support/new-tenant.ts";
import { recordTest } from "../../../../test/support/record-test.ts";
import { startApi, type TestApi } from "../../../../test/support/start-api.ts";
import { fromUuidId } from "../../../core/ids/public-id.ts";

let api: TestApi;
let owner: NewTenant;
let woken = 0;

beforeAll(async () => {
  api = await startApi({
    engine: { wakeDispatch: () => void (woken += 1), sendTest: (input) => recordTest(api, input) },
  });
});
afterAll(async () => {
  expect(api.faults).toEqual([]);
  await api[Symbol.asyncDispose]();
});
beforeEach(async () => {
  owner = await newTenant(api);
});

async function readRow(publicId: string) {
  const [row] = await api.database.query<Record<string, unknown>>(
    { name: "test-read-endpoint", text: "select * from endpoints where id = $1::uuid" },
    [fromUuidId("ep", publicId)],
  );
  return row ?? {};
}

async function statesOf(publicId: string): Promise<string[]> {
  const { body } = await api.client().get(`${owner.path}/deliveries?endpointId=${publicId}`);
  return body.data.map((delivery: { state: string; reason: string | null }) =>
    delivery.reason === null ? delivery.state : `${delivery.state}: ${delivery.reason}`,
  );
}

test("every write to an endpoint or its secrets raises its version", async () => {
  const { id } = await owner.createEndpoint();
  const path = `${owner.path}/endpoints/${id}`;
  let version = Number((await readRow(id))["version"]);
  for (const act of [
    () => api.client().patch(path, { description: "x" }),
    () => api.client().post(`${path}/pause`),
    () => api.client().post(`${path}/resume`),
    () => api.client().post(`${path}/disable`),
    () => api.client().post(`${path}/enable`),
    () => api.client().post(`${path}/secrets/rotate`, {}),
    () => api.client().post(`${path}/secrets/expire`),
    () => api.client().delete(path),
  ]) {
    await act();
    const next = Number((await readRow(id))["version"]);
    expect(next).toBeGreaterThan(version);
    version = next;
  }
});

test("a paused endpoint gets deliveries that wait, and resuming turns its lane and wakes the dispatcher", async () => {
  await owner.register("invoice.paid");
  const { id } = await owner.createEndpoint();
  const path = `${owner.path}/endpoints/${id}`;
  expect((await api.client().post(`${path}/pause`)).body).toMatchObject({ status: "paused", statusReason: "manual" });
  expect((await owner.publish("invoice.paid")).deliveries).toBe(1);
  expect(await statesOf(id)).toEqual(["pending"]);

  const before = woken;
  expect((await api.client().post(`${path}/resume`)).body).toMatchObject({ status: "active", statusReason: null });
  expect(woken).toBe(before + 1);
  const [lane] = await api.database.query<{ turned: boolean; parked_until: Date | null }>(
    {
      name: "test-read-lane",
      text: "select next_turn_at = $2::timestamptz as turned, parked_until from lanes where endpoint_id = $1::uuid",
    },
    [fromUuidId("ep", id), api.clock.now()],
  );
  expect(lane).toEqual({ turned: true, parked_until: null });
});

test("disabling ends what waits as cancelled and routes nothing more; enabling routes again", async () => {
  await owner.register("invoice.paid");
  const { id } = await owner.createEndpoint();
  const path = `${owner.path}/endpoints/${id}`;
  await owner.publish("invoice.paid");
  expect((await api.client().post(`${path}/disable`)).body).toMatchObject({
    status: "disabled",
    statusReason: "manual",
  });
  expect(await statesOf(id)).toEqual(["cancelled: endpoint_disabled"]);
  expect((await owner.publish("invoice.paid")).deliveries).toBe(0);
  expect((await api.client().post(`${path}/enable`)).body).toMatchObject({ status: "active", statusReason: null });
  expect((await owner.publish("invoice.paid")).deliveries).toBe(1);
});

test("asking twice for the same status changes nothing the second time", async () => {
  const path = `${owner.path}/endpoints/${(await owner.createEndpoint()).id}`;
  for (const act of ["pause", "disable", "resume"]) {
    const first = await api.client().post(`${path}/${act}`);
    api.clock.advance(1000);
    expect((await api.client().post(`${path}/${act}`)).body).toEqual(first.body);
  }
});

test("a disabled endpoint can neither be paused nor tested", async () => {
  const path = `${owner.path}/endpoints/${(await owner.createEndpoint()).id}`;
  await api.client().post(`${path}/disable`);
  for (const act of ["pause", "test"]) {
    const answer = await api.client().post(`${path}/${act}`);
    expect(answer.status).toBe(409);
    expect(answer.body.code).toBe("endpoint_disabled");
  }
});

test("a test answers with the recorded attempt, also while the endpoint is paused", async () => {
  const { id } = await owner.createEndpoint();
  const path = `${owner.path}/endpoints/${id}`;
  await api.client().post(`${path}/pause`);
  const { status, body } = await api.client().post(`${path}/test`);
  expect(status).toBe(200);
  expect(body).toMatchObject({
    endpointId: id,
    source: "test",
    run: 1,
    number: 1,
    outcome: "accepted",
    decision: "finish",
  });
  expect((await api.client().get(`${owner.path}/deliveries/${body.deliveryId}`)).body.attempts).toEqual([body]);
});

test("resuming forgets what failures had shown", async () => {
  const { id } = await owner.createEndpoint();
  const uuid = fromUuidId("ep", id);
  await api.database.query(
    {
      name: "test-fail-endpoint",
      text: `insert into endpoint_health (endpoint_id, failing_since, consecutive_failures, failed_deliveries, warned_at)
        values ($1::uuid, $2::timestamptz, 30, 25, $2::timestamptz)`,
    },
    [uuid, api.clock.now()],
  );
  await api.client().post(`${owner.path}/endpoints/${id}/pause`);
  await api.client().post(`${owner.path}/endpoints/${id}/resume`);
  const [health] = await api.database.query(
    { name: "test-read-health", text: "select * from endpoint_health where endpoint_id = $1::uuid" },
    [uuid],
  );
  expect(health).toMatchObject({
    failing_since: null,
    consecutive_failures: 0,
    failed_deliveries: 0,
    warned_at: null,
  });
});
