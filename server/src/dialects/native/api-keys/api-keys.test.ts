import { afterAll, beforeAll, expect, test } from "vitest";

import { touchApiKey } from "../../../db/queries/touch-api-key.ts";
import { fromUuidId } from "../../../core/ids/public-id.ts";
import { startApi, type TestApi } from "../../../../test/support/start-api.ts";

let api: TestApi;
beforeAll(async () => {
  api = await startApi();
});
afterAll(async () => {
  expect(api.faults).toEqual([]);
  await api[Symbol.asyncDispose]();
});

async function createTenant() {
  const { body } = await api.client().post("/v1/tenants", { name: "Keys" });
  return { id: body.id as string, path: `/v1/tenants/${body.id}/api-keys` };
}

async function createKey(path: string, key: { scopes: string[]; name?: string; expiresAt?: string | null }) {
  const answer = await api.client().post(path, { name: "key", ...key });
  expect(answer.status).toBe(201);
  return answer.body as { id: string; token: string; hint: string };
}

test("a token is shown at its creation and in no list, and stored as its hash only", async () => {
  const { path } = await createTenant();
  const created = await createKey(path, { scopes: ["events:publish", "events:publish", "api-keys:read"] });
  expect(created).toMatchObject({
    token: expect.stringMatching(/^ph_[0-9A-Za-z]{49}$/),
    hint: created.token.slice(-4),
    scopes: ["events:publish", "api-keys:read"],
    expiresAt: null,
    lastUsedAt: null,
  });
  const list = await api.client().get(path);
  expect(list.text).not.toContain(created.token);
  const { token: _token, ...shown } = created;
  expect(list.body).toEqual({ data: [shown], nextCursor: null });
  const rows = await api.database.query({ name: "all-keys", text: "select * from api_keys" }, []);
  expect(JSON.stringify(rows)).not.toContain(created.token);
});

test("a key acts in its own tenant only: another's is not found", async () => {
  const [mine, other] = [await createTenant(), await createTenant()];
  const key = await createKey(mine.path, { scopes: ["api-keys:read"] });
  const client = api.client(key.token);
  expect((await client.get(mine.path)).status).toBe(200);
  expect((await client.get(`/v1/tenants/${mine.id}`)).body.id).toBe(mine.id);
  expect((await client.get(other.path)).body.code).toBe("not_found");
  expect((await client.get(`/v1/tenants/${other.id}`)).status).toBe(404);
  expect((await client.get("/v1/tenants")).body.code).toBe("scope_required");
});

test("a scope that a key lacks is said", async () => {
  const { path } = await createTenant();
  const key = await createKey(path, { scopes: ["events:read"] });
  const answer = await api.client(key.token).get(path);
  expect(answer.status).toBe(403);
  expect(answer.body).toMatchObject({ code: "scope_required", detail: expect.stringContaining("api-keys:read") });
});

test("a revoked key is refused from the next request on", async () => {
  const { path } = await createTenant();
  const key = await createKey(path, { scopes: ["api-keys:read", "api-keys:write"] });
  const client = api.client(key.token);
  expect((await client.get(path)).status).toBe(200);
  expect((await api.client().delete(`${path}/${key.id}`)).status).toBe(204);
  expect((await client.get(path)).status).toBe(401);
  expect((await api.client().delete(`${path}/${key.id}`)).status).toBe(404);
  expect((await api.client().patch(`${path}/${key.id}`, { name: "x" })).status).toBe(404);
  expect((await api.client().get(path)).body.data).toEqual([]);
});

test("a key ends exactly at its time, and a later end revives it", async () => {
  const { path } = await createTenant();
  const end = new Date(api.clock.nowMs() + 1000);
  const key = await createKey(path, { scopes: ["api-keys:read"], expiresAt: end.toISOString() });
  api.clock.advance(999);
  expect((await api.client(key.token).get(path)).status).toBe(200);
  api.clock.advance(1);
  expect((await api.client(key.token).get(path)).status).toBe(401);
  expect((await api.client().patch(`${path}/${key.id}`, { expiresAt: null })).body.expiresAt).toBeNull();
  expect((await api.client(key.token).get(path)).status).toBe(200);
});

test("an end in the past, an unknown scope and no scope are refused, all at once", async () => {
  const { path } = await createTenant();
  const root = api.client();
  const past = await root.post(path, {
    name: "x",
    scopes: ["events:read"],
    expiresAt: api.clock.now().toISOString(),
  });
  expect(past.body.errors).toMatchObject([{ path: "/expiresAt", code: "out_of_bounds" }]);
  const unknown = await root.post(path, { name: "", scopes: ["events:read", "everything"], expiresAt: "tomorrow" });
  expect(unknown.body.errors.map((mistake: { path: string }) => mistake.path)).toEqual([
    "/name",
    "/scopes/1",
    "/expiresAt",
  ]);
  expect((await root.post(path, { name: "x", scopes: [] })).body.errors).toMatchObject([{ path: "/scopes" }]);
});

test("a key can give only the scopes it has, also by changing another key", async () => {
  const { path } = await createTenant();
  const weak = await createKey(path, { scopes: ["api-keys:write", "events:read"] });
  const strong = await createKey(path, { scopes: ["secrets:write"] });
  const client = api.client(weak.token);
  expect((await client.post(path, { name: "child", scopes: ["events:read"] })).status).toBe(201);
  const attempts = [
    await client.post(path, { name: "child", scopes: ["secrets:write"] }),
    await client.patch(`${path}/${weak.id}`, { scopes: ["api-keys:write", "secrets:write"] }),
    await client.patch(`${path}/${strong.id}`, { expiresAt: null }),
  ];
  for (const attempt of attempts) expect(attempt.body.code).toBe("scope_required");
  expect((await client.delete(`${path}/${strong.id}`)).status).toBe(204);
});

test("an update changes what it names and counts from the next request", async () => {
  const { path } = await createTenant();
  const key = await createKey(path, { scopes: ["api-keys:read"], name: "before" });
  const renamed = await api.client().patch(`${path}/${key.id}`, { name: "after" });
  expect(renamed.body).toMatchObject({ name: "after", scopes: ["api-keys:read"] });
  await api.client().patch(`${path}/${key.id}`, { scopes: ["events:read"] });
  expect((await api.client(key.token).get(path)).status).toBe(403);
});

test("keys made in one millisecond are listed each once, newest first", async () => {
  const { path } = await createTenant();
  const made = new Set<string>();
  for (let index = 0; index < 5; index += 1) made.add((await createKey(path, { scopes: ["events:read"] })).id);
  api.clock.advance(1);
  const newest = await createKey(path, { scopes: ["events:read"] });
  const seen: string[] = [];
  let query = "?limit=2";
  for (;;) {
    const { body } = await api.client().get(path + query);
    seen.push(...body.data.map((key: { id: string }) => key.id));
    if (body.nextCursor === null) break;
    query = `?limit=2&cursor=${body.nextCursor}`;
  }
  expect(seen[0]).toBe(newest.id);
  expect(seen.length).toBe(6);
  expect(new Set(seen.slice(1))).toEqual(made);
});

test("the last use of a key is noted, at most once a minute", async () => {
  const { path } = await createTenant();
  const key = await createKey(path, { scopes: ["api-keys:read"] });
  const lastUsed = async () => (await api.client().get(path)).body.data[0].lastUsedAt;
  const first = api.clock.now();
  await api.client(key.token).get(path);
  await expect.poll(lastUsed).toBe(first.toISOString());
  api.clock.advance(59_999);
  const id = fromUuidId("key", key.id) ?? "";
  const touch = () =>
    touchApiKey(api.database, { id, now: api.clock.now(), unlessSince: new Date(api.clock.nowMs() - 60_000) });
  await touch();
  expect(await lastUsed()).toBe(first.toISOString());
  api.clock.advance(1);
  await touch();
  expect(await lastUsed()).toBe(api.clock.now().toISOString());
});

test("deleting a tenant revokes its keys, and deletes its endpoints with their secrets", async () => {
  const { id, path } = await createTenant();
  const key = await createKey(path, { scopes: ["api-keys:read"] });
  const tenantId = fromUuidId("ten", id);
  await api.database.query(INSERT_ENDPOINT, [tenantId, api.clock.now()]);
  await api.database.query(INSERT_SECRET, [tenantId, api.clock.now()]);
  expect((await api.client().delete(`/v1/tenants/${id}`)).status).toBe(204);
  expect((await api.client(key.token).get(path)).status).toBe(401);
  const rows = await api.database.query(SELECT_WHAT_IS_LEFT, [tenantId]);
  expect(rows).toEqual([
    {
      deleted_at: api.clock.now(),
      route_keys: [],
      credentials: null,
      headers: null,
      version: 2,
      state: "expired",
      sealed: null,
    },
  ]);
});

const INSERT_ENDPOINT = {
  name: "test-insert-endpoint",
  text: `insert into endpoints (id, tenant_id, url, credentials, headers, encryption_key_id, status_changed_at, route_keys,
           profile, created_at, updated_at)
         values ($1::uuid, $1::uuid, 'https://example.com', '\\x01', '\\x02', 'k', $2::timestamptz, '{"1:*"}',
           'standard', $2::timestamptz, $2::timestamptz)`,
};
const INSERT_SECRET = {
  name: "test-insert-secret",
  text: `insert into secret_versions (endpoint_id, number, state, scheme, fingerprint, sealed, encryption_key_id,
           created_by, created_at)
         values ($1::uuid, 1, 'active', 's', 'f', '\\x01', 'k', 'root', $2::timestamptz)`,
};
const SELECT_WHAT_IS_LEFT = {
  name: "test-what-is-left",
  text: `select endpoints.deleted_at, route_keys, credentials, headers, version, state, sealed
         from endpoints join secret_versions on endpoint_id = endpoints.id where tenant_id = $1::uuid`,
};
