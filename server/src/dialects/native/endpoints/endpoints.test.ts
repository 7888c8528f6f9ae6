import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";

import { type NewTenant, newTenant } from "../../../../test/support/new-tenant.ts";
import { startApi, type TestApi } from "../../../../test/support/start-api.ts";
import { fromUuidId } from "../../../core/ids/public-id.ts";
import { checkTarget } from "../../../egress/check-target.ts";
import { createEgressGuard } from "../../../egress/egress-guard.ts";

let api: TestApi;
let owner: NewTenant;
const guard = createEgressGuard({ allow: [], nowMs: () => performance.now() });

beforeAll(async () => {
  api = await startApi({ checkTarget: (url) => checkTarget(url, { guard, resolve: false }) });
});
afterAll(async () => {
  expect(api.faults).toEqual([]);
  await api[Symbol.asyncDispose]();
  guard[Symbol.dispose]();
});
beforeEach(async () => {
  owner = await newTenant(api);
});

const URL_1 = "https://example.com/webhooks";

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

test("an endpoint is created with defaults, and its secret is shown in that answer only", async () => {
  const { secret, publicKey, ...endpoint } = await owner.createEndpoint();
  expect(publicKey).toBeNull();
  expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
  expect(endpoint).toEqual({
    id: expect.stringMatching(/^ep_[0-9a-z]{26}$/),
    url: URL_1,
    description: "",
    status: "active",
    statusReason: null,
    eventTypes: null,
    channels: null,
    profile: "standard",
    envelope: "wrapped",
    signature: "hmac",
    headers: {},
    rateLimitPerSecond: null,
    maxInFlight: null,
    timeoutMs: null,
    retryWaits: null,
    verifyTls: true,
    metadata: {},
    createdAt: api.clock.now().toISOString(),
    updatedAt: api.clock.now().toISOString(),
  });
  expect((await api.client().get(`${owner.path}/endpoints/${endpoint.id}`)).body).toEqual(endpoint);
  expect((await api.client().get(`${owner.path}/endpoints`)).body.data).toEqual([endpoint]);
});

test("credentials of the URL and header values are shown as *** and stored encrypted", async () => {
  const endpoint = await owner.createEndpoint({
    url: "https://user:hunter2@example.com/webhooks",
    headers: { "X-Token": "correct-horse" },
  });
  expect(endpoint.url).toBe("https://***@example.com/webhooks");
  expect(endpoint.headers).toEqual({ "X-Token": "***" });
  const stored = JSON.stringify(await readRow(endpoint.id), (_, value) =>
    value?.type === "Buffer" ? Buffer.from(value.data).toString("latin1") : value,
  );
  expect(stored).not.toMatch(/hunter2|correct-horse/);
});

test("*** in an update keeps a header's value, and a name left out goes", async () => {
  const endpoint = await owner.createEndpoint({ headers: { "x-keep": "kept", "x-go": "gone" } });
  const path = `${owner.path}/endpoints/${endpoint.id}`;
  const answer = await api.client().patch(path, { headers: { "X-Keep": "***", "x-new": "new" } });
  expect(answer.body.headers).toEqual({ "X-Keep": "***", "x-new": "***" });
  const refused = await api.client().patch(path, { headers: { "x-go": "***" } });
  expect(refused.status).toBe(400);
  expect(refused.body.errors).toMatchObject([{ path: "/headers/x-go", code: "hidden_value" }]);
});

test("*** in the URL keeps the credentials at the same origin and nowhere else", async () => {
  const endpoint = await owner.createEndpoint({ url: "https://user:pass@example.com/a" });
  const path = `${owner.path}/endpoints/${endpoint.id}`;
  const moved = await api.client().patch(path, { url: "https://***@example.com/b" });
  expect(moved.body.url).toBe("https://***@example.com/b");
  for (const url of ["https://***@example.org/b", "http://***@example.com/b", "https://***@example.com:8443/b"]) {
    const refused = await api.client().patch(path, { url });
    expect(refused.body.errors).toMatchObject([{ path: "/url", code: "hidden_value" }]);
  }
  expect((await api.client().patch(path, { url: "https://example.com/b" })).body.url).toBe("https://example.com/b");
  expect((await readRow(endpoint.id))["credentials"]).toBeNull();
  const fresh = await api.client().post(`${owner.path}/endpoints`, { url: "https://***@example.com/a" });
  expect(fresh.body.errors).toMatchObject([{ path: "/url", code: "hidden_value" }]);
});

test("an update changes what is given and leaves the rest, and null goes back to the default", async () => {
  const endpoint = await owner.createEndpoint({
    description: "before",
    timeoutMs: 5000,
    retryWaits: [1],
    metadata: { a: 1 },
  });
  api.clock.advance(1000);
  const path = `${owner.path}/endpoints/${endpoint.id}`;
  const { secret: _, publicKey: __, ...before } = endpoint;
  const changed = await api.client().patch(path, { description: "after", timeoutMs: null });
  expect(changed.body).toEqual({
    ...before,
    description: "after",
    timeoutMs: null,
    updatedAt: api.clock.now().toISOString(),
  });
});

test("a filter keeps the time since which the endpoint has had it", async () => {
  const endpoint = await owner.createEndpoint({ eventTypes: ["a.*", "b.*"] });
  const first = api.clock.now();
  api.clock.advance(60_000);
  await api.client().patch(`${owner.path}/endpoints/${endpoint.id}`, { eventTypes: ["c.*", "b.*"] });
  expect((await readRow(endpoint.id))["event_types_added_at"]).toEqual([api.clock.now(), first]);
});

test("the profile cannot be changed", async () => {
  const endpoint = await owner.createEndpoint();
  const answer = await api.client().patch(`${owner.path}/endpoints/${endpoint.id}`, { profile: "standard" });
  expect(answer.body.errors).toMatchObject([{ path: "/profile", code: "unknown_member" }]);
});

test("events are routed by the filters as they are now", async () => {
  await owner.register("invoice.paid", "invoice.void", "signup.item.added");
  const path = `${owner.path}/endpoints/${(await owner.createEndpoint({ eventTypes: ["invoice.paid"] })).id}`;
  expect((await owner.publish("invoice.paid")).deliveries).toBe(1);
  expect((await owner.publish("invoice.void")).deliveries).toBe(0);
  await api.client().patch(path, { eventTypes: ["signup.*"] });
  expect((await owner.publish("invoice.paid")).deliveries).toBe(0);
  expect((await owner.publish("signup.item.added")).deliveries).toBe(1);
  await api.client().patch(path, { eventTypes: [] });
  expect((await owner.publish("signup.item.added")).deliveries).toBe(0);
  await api.client().patch(path, { eventTypes: null });
  expect((await owner.publish("invoice.void")).deliveries).toBe(1);
});

test("a deleted endpoint is gone, nothing is routed to it, and what was encrypted is wiped", async () => {
  await owner.register("invoice.paid");
  const { id } = await owner.createEndpoint({ url: "https://u:p@example.com/", headers: { "x-a": "1" } });
  const path = `${owner.path}/endpoints/${id}`;
  await owner.publish("invoice.paid");
  expect((await api.client().delete(path)).status).toBe(204);
  for (const answer of [
    await api.client().get(path),
    await api.client().patch(path, {}),
    await api.client().delete(path),
    await api.client().post(`${path}/resume`),
    await api.client().get(`${path}/secrets`),
    await api.client().post(`${path}/secrets/rotate`, {}),
  ]) {
    expect(answer.status).toBe(404);
  }
  expect((await owner.publish("invoice.paid")).deliveries).toBe(0);
  expect(await statesOf(id)).toEqual(["cancelled: endpoint_deleted"]);
  expect(await readRow(id)).toMatchObject({ credentials: null, headers: null, header_names: [], route_keys: [] });
  const secrets = await api.database.query(
    { name: "test-read-secrets", text: "select state, sealed from secret_versions where endpoint_id = $1::uuid" },
    [fromUuidId("ep", id)],
  );
  expect(secrets).toEqual([{ state: "expired", sealed: null }]);
});

test("endpoints are listed newest first, page by page", async () => {
  const ids: string[] = [];
  for (let index = 0; index < 5; index += 1)
    ids.unshift((await owner.createEndpoint({ description: String(index) })).id);
  const seen: string[] = [];
  let cursor = "";
  do {
    const { body } = await api.client().get(`${owner.path}/endpoints?limit=2${cursor}`);
    seen.push(...body.data.map((endpoint: { id: string }) => endpoint.id));
    cursor = body.nextCursor === null ? "" : `&cursor=${body.nextCursor}`;
  } while (cursor !== "");
  expect(seen).toEqual(ids);
});

test("another tenant's endpoint is not found by any route", async () => {
  const { id } = await owner.createEndpoint();
  const other = await newTenant(api);
  const path = `${other.path}/endpoints/${id}`;
  const client = api.client();
  for (const answer of [
    await client.get(path),
    await client.patch(path, { description: "mine now" }),
    await client.delete(path),
    await client.post(`${path}/pause`),
    await client.post(`${path}/resume`),
    await client.post(`${path}/disable`),
    await client.post(`${path}/enable`),
    await client.post(`${path}/test`),
    await client.get(`${path}/secrets`),
    await client.post(`${path}/secrets/rotate`, {}),
    await client.post(`${path}/secrets/expire`),
  ]) {
    expect(answer.status).toBe(404);
    expect(answer.body.code).toBe("not_found");
  }
  expect((await client.get(`${owner.path}/endpoints/${id}`)).body.status).toBe("active");
});
