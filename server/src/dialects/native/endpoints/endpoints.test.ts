import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";

import { recordTest } from "../../../../test/support/record-test.ts";
import { startApi, type TestApi } from "../../../../test/support/start-api.ts";
import { fromUuidId } from "../../../core/ids/public-id.ts";
import { checkTarget } from "../../../egress/check-target.ts";
import { createEgressGuard } from "../../../egress/egress-guard.ts";

let api: TestApi;
let tenant: string;
let woken = 0;
let tenants = 0;
const guard = createEgressGuard({ allow: [], nowMs: () => performance.now() });

beforeAll(async () => {
  api = await startApi({
    checkTarget: (url) => checkTarget(url, { guard, resolve: false }),
    engine: { wakeDispatch: () => void (woken += 1), sendTest: (input) => recordTest(api, input) },
  });
});
afterAll(async () => {
  expect(api.faults).toEqual([]);
  await api[Symbol.asyncDispose]();
  guard[Symbol.dispose]();
});
beforeEach(async () => {
  tenants += 1;
  const slug = `owner-${tenants}`;
  await api.client().post("/v1/tenants", { name: "Owner", slug });
  tenant = `/v1/tenants/${slug}`;
});

const URL_1 = "https://example.com/webhooks";

async function register(...names: string[]): Promise<void> {
  for (const name of names) await api.client().put(`${tenant}/event-types/${name}`, {});
}

async function create(body: object = {}) {
  const answer = await api.client().post(`${tenant}/endpoints`, { url: URL_1, ...body });
  expect(answer.status, answer.text).toBe(201);
  return answer.body;
}

async function refuse(body: object): Promise<[string, string][]> {
  const answer = await api.client().post(`${tenant}/endpoints`, { url: URL_1, ...body });
  expect(answer.status, answer.text).toBe(400);
  expect(answer.body.code).toBe("validation_failed");
  return answer.body.errors.map((mistake: { path: string; code: string }) => [mistake.path, mistake.code]);
}

async function publish(type: string): Promise<number> {
  const answer = await api.client().post(`${tenant}/events`, { type, data: { n: 1 } });
  expect(answer.status, answer.text).toBe(202);
  return answer.body.deliveries;
}

async function readRow(publicId: string) {
  const [row] = await api.database.query<Record<string, unknown>>(
    { name: "test-read-endpoint", text: "select * from endpoints where id = $1::uuid" },
    [fromUuidId("ep", publicId)],
  );
  return row ?? {};
}

async function statesOf(publicId: string): Promise<string[]> {
  const { body } = await api.client().get(`${tenant}/deliveries?endpointId=${publicId}`);
  return body.data.map((delivery: { state: string; reason: string | null }) =>
    delivery.reason === null ? delivery.state : `${delivery.state}: ${delivery.reason}`,
  );
}

test("an endpoint is created with defaults, and its secret is shown in that answer only", async () => {
  const { secret, ...endpoint } = await create();
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
  expect((await api.client().get(`${tenant}/endpoints/${endpoint.id}`)).body).toEqual(endpoint);
  expect((await api.client().get(`${tenant}/endpoints`)).body.data).toEqual([endpoint]);
});

test("every setting that is given is kept", async () => {
  await register("invoice.paid");
  const settings = {
    description: "Billing ✓",
    eventTypes: ["invoice.paid", "signup.*", "*", "endpoint.failing"],
    channels: ["eu", "us-1"],
    envelope: "none",
    rateLimitPerSecond: 100_000,
    maxInFlight: 1000,
    timeoutMs: 60_000,
    retryWaits: [1, 2_592_000],
    verifyTls: false,
    metadata: { team: { id: 7 } },
  };
  expect(await create(settings)).toMatchObject(settings);
});

test("bounds are the documented ones, to the last value", async () => {
  const most = {
    url: `https://example.com/${"x".repeat(2048 - 20)}`,
    description: "x".repeat(1024),
    eventTypes: Array.from({ length: 500 }, (_, index) => `t${index}.*`),
    channels: Array.from({ length: 10 }, (_, index) => `c${index}`),
    headers: Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`x-${index}`, "v"])),
    retryWaits: Array.from({ length: 50 }, () => 1),
    timeoutMs: 1000,
    maxInFlight: 1,
    rateLimitPerSecond: 1,
  };
  await create(most);
  const over = {
    url: `${most.url}x`,
    description: `${most.description}x`,
    eventTypes: [...most.eventTypes, "one.more"],
    channels: [...most.channels, "more"],
    headers: { ...most.headers, "x-more": "v" },
    retryWaits: [...most.retryWaits, 1],
    timeoutMs: 60_001,
    maxInFlight: 1001,
    rateLimitPerSecond: 100_001,
    metadata: { note: "x".repeat(4096) },
  };
  const paths = (await refuse(over)).map(([path]) => path);
  expect(paths.toSorted()).toEqual(
    Object.keys(over)
      .map((name) => `/${name}`)
      .toSorted(),
  );
});

test("every mistake is told with its path", async () => {
  const mistakes = await refuse({
    eventTypes: ["ok.*", "no spaces", "a.*.b", "ok.*"],
    channels: ["a/b", "x", "x"],
    retryWaits: [5, 0, 2_592_001, 1.5],
    timeoutMs: 999,
    maxInFlight: 0,
    rateLimitPerSecond: 0.5,
    colour: "red",
  });
  expect(mistakes).toEqual(
    expect.arrayContaining([
      ["/eventTypes/1", "invalid_format"],
      ["/eventTypes/2", "invalid_format"],
      ["/eventTypes/3", "repeated"],
      ["/channels/0", "invalid_format"],
      ["/channels/2", "repeated"],
      ["/retryWaits/1", "out_of_bounds"],
      ["/retryWaits/2", "out_of_bounds"],
      ["/retryWaits/3", "out_of_bounds"],
      ["/timeoutMs", "out_of_bounds"],
      ["/maxInFlight", "out_of_bounds"],
      ["/rateLimitPerSecond", "out_of_bounds"],
      ["/colour", "unknown_member"],
    ]),
  );
  expect(mistakes).toHaveLength(12);
});

test.each([
  ["host", "x", "forbidden_header"],
  ["Content-Type", "x", "forbidden_header"],
  ["content-anything", "x", "forbidden_header"],
  ["Connection", "x", "forbidden_header"],
  ["Transfer-Encoding", "x", "forbidden_header"],
  ["TE", "x", "forbidden_header"],
  ["Proxy-Authorization", "x", "forbidden_header"],
  ["User-Agent", "x", "forbidden_header"],
  ["Webhook-Signature", "x", "forbidden_header"],
  ["posthorn-attempt", "x", "forbidden_header"],
  ["x y", "x", "invalid_format"],
  ["x:y", "x", "invalid_format"],
  ["", "x", "invalid_format"],
  ["x-a", "one\r\nx-b: two", "invalid_format"],
  ["x-a", "one\ntwo", "invalid_format"],
  ["x-a", " padded", "invalid_format"],
  ["x-a", "ünicode", "invalid_format"],
  ["x-a", "***", "hidden_value"],
])("the header %j: %j is refused", async (name, value, code) => {
  expect(await refuse({ headers: { [name]: value } })).toEqual([[`/headers/${name}`, code]]);
});

test("headers that differ only in case are one header", async () => {
  expect(await refuse({ headers: { "x-a": "1", "X-A": "2" } })).toEqual([["/headers/X-A", "repeated"]]);
});

test("custom headers have at most 8 KiB together", async () => {
  await create({ headers: { "x-a": "v".repeat(8192 - 3) } });
  expect(await refuse({ headers: { "x-a": "v".repeat(8192 - 2) } })).toEqual([["/headers", "too_long"]]);
});

test.each([
  ["ftp://example.com/", "url_scheme"],
  ["not a url", "url_invalid"],
  ["http://127.0.0.1/", "address_forbidden"],
  ["http://169.254.169.254/latest", "address_forbidden"],
  ["http://[::ffff:10.0.0.1]/", "address_forbidden"],
])("the URL %s is refused", async (url, code) => {
  expect(await refuse({ url })).toEqual([["/url", code]]);
});

test("an event type that is not registered is refused with the way to register it", async () => {
  await register("invoice.paid");
  const answer = await api
    .client()
    .post(`${tenant}/endpoints`, { url: URL_1, eventTypes: ["invoice.paid", "invoice.typo"] });
  expect(answer.status).toBe(422);
  expect(answer.body).toMatchObject({
    code: "event_type_unknown",
    errors: [{ path: "/eventTypes/1", code: "event_type_unknown" }],
  });
  expect(answer.body.detail).toContain("PUT");
});

test.each([
  ["whsec_short", "secret_malformed"],
  [`whsec_${Buffer.alloc(23, "abcdefghi").toString("base64")}`, "secret_too_short"],
  [`whsec_${Buffer.alloc(65, "abcdefghi").toString("base64")}`, "secret_too_long"],
])("the secret %s is refused as %s and not repeated in the answer", async (secret, code) => {
  const answer = await api.client().post(`${tenant}/endpoints`, { url: URL_1, secret });
  expect(answer.status).toBe(400);
  expect(answer.body.errors).toMatchObject([{ path: "/secret", code }]);
  expect(answer.text).not.toContain(secret);
});

test("a secret that the caller brings is taken as it is", async () => {
  const secret = `whsec_${Buffer.alloc(24, "abcdefghi").toString("base64")}`;
  expect((await create({ secret })).secret).toBe(secret);
});

test("credentials of the URL and header values are shown as *** and stored encrypted", async () => {
  const endpoint = await create({
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
  const endpoint = await create({ headers: { "x-keep": "kept", "x-go": "gone" } });
  const path = `${tenant}/endpoints/${endpoint.id}`;
  const answer = await api.client().patch(path, { headers: { "X-Keep": "***", "x-new": "new" } });
  expect(answer.body.headers).toEqual({ "X-Keep": "***", "x-new": "***" });
  const refused = await api.client().patch(path, { headers: { "x-go": "***" } });
  expect(refused.status).toBe(400);
  expect(refused.body.errors).toMatchObject([{ path: "/headers/x-go", code: "hidden_value" }]);
});

test("*** in the URL keeps the credentials at the same origin and nowhere else", async () => {
  const endpoint = await create({ url: "https://user:pass@example.com/a" });
  const path = `${tenant}/endpoints/${endpoint.id}`;
  const moved = await api.client().patch(path, { url: "https://***@example.com/b" });
  expect(moved.body.url).toBe("https://***@example.com/b");
  for (const url of ["https://***@example.org/b", "http://***@example.com/b", "https://***@example.com:8443/b"]) {
    const refused = await api.client().patch(path, { url });
    expect(refused.body.errors).toMatchObject([{ path: "/url", code: "hidden_value" }]);
  }
  expect((await api.client().patch(path, { url: "https://example.com/b" })).body.url).toBe("https://example.com/b");
  expect((await readRow(endpoint.id))["credentials"]).toBeNull();
  expect((await refuse({ url: "https://***@example.com/a" }))[0]).toEqual(["/url", "hidden_value"]);
});

test("an update changes what is given and leaves the rest, and null goes back to the default", async () => {
  const endpoint = await create({ description: "before", timeoutMs: 5000, retryWaits: [1], metadata: { a: 1 } });
  api.clock.advance(1000);
  const path = `${tenant}/endpoints/${endpoint.id}`;
  const { secret: _, ...before } = endpoint;
  const changed = await api.client().patch(path, { description: "after", timeoutMs: null });
  expect(changed.body).toEqual({
    ...before,
    description: "after",
    timeoutMs: null,
    updatedAt: api.clock.now().toISOString(),
  });
});

test("a filter keeps the time since which the endpoint has had it", async () => {
  const endpoint = await create({ eventTypes: ["a.*", "b.*"] });
  const first = api.clock.now();
  api.clock.advance(60_000);
  await api.client().patch(`${tenant}/endpoints/${endpoint.id}`, { eventTypes: ["c.*", "b.*"] });
  expect((await readRow(endpoint.id))["event_types_added_at"]).toEqual([api.clock.now(), first]);
});

test("the profile cannot be changed", async () => {
  const endpoint = await create();
  const answer = await api.client().patch(`${tenant}/endpoints/${endpoint.id}`, { profile: "standard" });
  expect(answer.body.errors).toMatchObject([{ path: "/profile", code: "unknown_member" }]);
});

test("every write to an endpoint or its secrets raises its version", async () => {
  const { id } = await create();
  const path = `${tenant}/endpoints/${id}`;
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

test("events are routed by the filters as they are now", async () => {
  await register("invoice.paid", "invoice.void", "signup.item.added");
  const path = `${tenant}/endpoints/${(await create({ eventTypes: ["invoice.paid"] })).id}`;
  expect(await publish("invoice.paid")).toBe(1);
  expect(await publish("invoice.void")).toBe(0);
  await api.client().patch(path, { eventTypes: ["signup.*"] });
  expect(await publish("invoice.paid")).toBe(0);
  expect(await publish("signup.item.added")).toBe(1);
  await api.client().patch(path, { eventTypes: [] });
  expect(await publish("signup.item.added")).toBe(0);
  await api.client().patch(path, { eventTypes: null });
  expect(await publish("invoice.void")).toBe(1);
});

test("a paused endpoint gets deliveries that wait, and resuming turns its lane and wakes the dispatcher", async () => {
  await register("invoice.paid");
  const { id } = await create();
  const path = `${tenant}/endpoints/${id}`;
  expect((await api.client().post(`${path}/pause`)).body).toMatchObject({ status: "paused", statusReason: "manual" });
  expect(await publish("invoice.paid")).toBe(1);
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
  await register("invoice.paid");
  const { id } = await create();
  const path = `${tenant}/endpoints/${id}`;
  await publish("invoice.paid");
  expect((await api.client().post(`${path}/disable`)).body).toMatchObject({
    status: "disabled",
    statusReason: "manual",
  });
  expect(await statesOf(id)).toEqual(["cancelled: endpoint_disabled"]);
  expect(await publish("invoice.paid")).toBe(0);
  expect((await api.client().post(`${path}/enable`)).body).toMatchObject({ status: "active", statusReason: null });
  expect(await publish("invoice.paid")).toBe(1);
});

test("asking twice for the same status changes nothing the second time", async () => {
  const path = `${tenant}/endpoints/${(await create()).id}`;
  for (const act of ["pause", "disable", "resume"]) {
    const first = await api.client().post(`${path}/${act}`);
    api.clock.advance(1000);
    expect((await api.client().post(`${path}/${act}`)).body).toEqual(first.body);
  }
});

test("a disabled endpoint can neither be paused nor tested", async () => {
  const path = `${tenant}/endpoints/${(await create()).id}`;
  await api.client().post(`${path}/disable`);
  for (const act of ["pause", "test"]) {
    const answer = await api.client().post(`${path}/${act}`);
    expect(answer.status).toBe(409);
    expect(answer.body.code).toBe("endpoint_disabled");
  }
});

test("a test answers with the recorded attempt, also while the endpoint is paused", async () => {
  const { id } = await create();
  const path = `${tenant}/endpoints/${id}`;
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
  expect((await api.client().get(`${tenant}/deliveries/${body.deliveryId}`)).body.attempts).toEqual([body]);
});

test("resuming forgets what failures had shown", async () => {
  const { id } = await create();
  const uuid = fromUuidId("ep", id);
  await api.database.query(
    {
      name: "test-fail-endpoint",
      text: `insert into endpoint_health (endpoint_id, failing_since, consecutive_failures, failed_deliveries, warned_at)
        values ($1::uuid, $2::timestamptz, 30, 25, $2::timestamptz)`,
    },
    [uuid, api.clock.now()],
  );
  await api.client().post(`${tenant}/endpoints/${id}/pause`);
  await api.client().post(`${tenant}/endpoints/${id}/resume`);
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

test("a deleted endpoint is gone, nothing is routed to it, and what was encrypted is wiped", async () => {
  await register("invoice.paid");
  const { id } = await create({ url: "https://u:p@example.com/", headers: { "x-a": "1" } });
  const path = `${tenant}/endpoints/${id}`;
  await publish("invoice.paid");
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
  expect(await publish("invoice.paid")).toBe(0);
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
  for (let index = 0; index < 5; index += 1) ids.unshift((await create({ description: String(index) })).id);
  const seen: string[] = [];
  let cursor = "";
  do {
    const { body } = await api.client().get(`${tenant}/endpoints?limit=2${cursor}`);
    seen.push(...body.data.map((endpoint: { id: string }) => endpoint.id));
    cursor = body.nextCursor === null ? "" : `&cursor=${body.nextCursor}`;
  } while (cursor !== "");
  expect(seen).toEqual(ids);
});

test("another tenant's endpoint is not found by any route", async () => {
  const { id } = await create();
  await api.client().post("/v1/tenants", { name: "Other", slug: `other-${tenants}` });
  const path = `/v1/tenants/other-${tenants}/endpoints/${id}`;
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
  expect((await client.get(`${tenant}/endpoints/${id}`)).body.status).toBe("active");
});

test("a tenant has at most 10,000 endpoints, whoever asks at once", async () => {
  const first = await create();
  await api.database.query(
    {
      name: "test-fill-tenant",
      text: `insert into endpoints (id, tenant_id, url, status_changed_at, route_keys, profile, created_at, updated_at)
        select gen_random_uuid(), tenant_id, url, created_at, '{}', profile, created_at, updated_at
        from endpoints, generate_series(1, 9998) where id = $1::uuid`,
    },
    [fromUuidId("ep", first.id)],
  );
  const answers = await Promise.all(
    [1, 2, 3].map(() => api.client().post(`${tenant}/endpoints`, { url: URL_1, eventTypes: [] })),
  );
  expect(answers.map((answer) => answer.status).toSorted()).toEqual([201, 409, 409]);
  expect(answers.find((answer) => answer.status === 409)?.body.code).toBe("limit_reached");
});
