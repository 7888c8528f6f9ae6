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

async function refuse(body: object): Promise<[string, string][]> {
  const answer = await api.client().post(`${owner.path}/endpoints`, { url: URL_1, ...body });
  expect(answer.status, answer.text).toBe(400);
  expect(answer.body.code).toBe("validation_failed");
  return answer.body.errors.map((mistake: { path: string; code: string }) => [mistake.path, mistake.code]);
}

test("every setting that is given is kept", async () => {
  await owner.register("invoice.paid");
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
  expect(await owner.createEndpoint(settings)).toMatchObject(settings);
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
  await owner.createEndpoint(most);
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
  await owner.createEndpoint({ headers: { "x-a": "v".repeat(8192 - 3) } });
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
  await owner.register("invoice.paid");
  const answer = await api
    .client()
    .post(`${owner.path}/endpoints`, { url: URL_1, eventTypes: ["invoice.paid", "invoice.typo"] });
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
  const answer = await api.client().post(`${owner.path}/endpoints`, { url: URL_1, secret });
  expect(answer.status).toBe(400);
  expect(answer.body.errors).toMatchObject([{ path: "/secret", code }]);
  expect(answer.text).not.toContain(secret);
});

test("a secret that the caller brings is taken as it is", async () => {
  const secret = `whsec_${Buffer.alloc(24, "abcdefghi").toString("base64")}`;
  expect((await owner.createEndpoint({ secret })).secret).toBe(secret);
});

test("a tenant has at most 10,000 endpoints, whoever asks at once", async () => {
  const first = await owner.createEndpoint();
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
    [1, 2, 3].map(() => api.client().post(`${owner.path}/endpoints`, { url: URL_1, eventTypes: [] })),
  );
  expect(answers.map((answer) => answer.status).toSorted((a, b) => a - b)).toEqual([201, 409, 409]);
  expect(answers.find((answer) => answer.status === 409)?.body.code).toBe("limit_reached");
});
