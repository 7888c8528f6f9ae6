import { afterAll, beforeAll, expect, test } from "vitest";

import type { ApiClient } from "../../../../test/support/api-client.ts";
import { startApi, type TestApi } from "../../../../test/support/start-api.ts";

const PASSWORD = "correct horse battery";

let api: TestApi;
let tenants = 0;
beforeAll(async () => {
  api = await startApi();
});
afterAll(async () => {
  expect(api.faults).toEqual([]);
  await api[Symbol.asyncDispose]();
});

/** A tenant of its own, and the path of its users. */
async function setup() {
  const slug = `users-${(tenants += 1)}`;
  const root = api.client();
  expect((await root.post("/v1/tenants", { name: slug, slug })).status).toBe(201);
  const path = `/v1/tenants/${slug}/users`;
  const create = async (body: object) => {
    const answer = await root.post(path, { email: "ada@example.com", role: "developer", ...body });
    expect(answer.status).toBe(201);
    return answer.body;
  };
  const logIn = async (email: string, password = PASSWORD): Promise<ApiClient> => {
    const answer = await api.client(null).post("/v1/sessions", { tenant: slug, email, password });
    expect(answer.status).toBe(201);
    return api.client(answer.body.accessToken);
  };
  const withKey = async (...scopes: string[]): Promise<ApiClient> => {
    const { body } = await root.post(`/v1/tenants/${slug}/api-keys`, { name: "key", scopes });
    return api.client(body.token);
  };
  return { slug, root, path, create, logIn, withKey };
}

test("a user is created with all fields, the e-mail address in one spelling, and never shows a password", async () => {
  const { root, path } = await setup();
  const body = { email: " Ada@Example.COM ", name: "Ada", role: "admin", number: 42, password: PASSWORD };
  const created = await root.post(path, body);
  expect(created.status).toBe(201);
  expect(created.body).toEqual({
    id: expect.stringMatching(/^usr_[0-9a-z]{26}$/),
    number: 42,
    email: "ada@example.com",
    name: "Ada",
    role: "admin",
    hasPassword: true,
    createdAt: api.clock.now().toISOString(),
    updatedAt: api.clock.now().toISOString(),
    lastLoginAt: null,
    disabledAt: null,
  });
  expect((await root.get(path)).body.data).toEqual([created.body]);
  const [row] = await api.database.query<{ text: string }>(
    { name: "t", text: "select users::text as text from users" },
    [],
  );
  expect(row?.text).not.toContain(PASSWORD);
});

test("without a number users get the next one, and a number is never used again", async () => {
  const { root, path, create } = await setup();
  expect((await create({ email: "a@example.com" })).number).toBe(1);
  const second = await create({ email: "b@example.com", number: 7 });
  expect((await create({ email: "c@example.com" })).number).toBe(8);
  await root.delete(`${path}/${second.id}`);
  const again = await root.post(path, { email: "d@example.com", role: "viewer", number: 7 });
  expect(again).toMatchObject({ status: 409, body: { code: "already_exists" } });
});

test("ten users created at once have ten numbers", async () => {
  const { create } = await setup();
  const made = await Promise.all(
    Array.from({ length: 10 }, (_none, index) => create({ email: `u${index}@example.com` })),
  );
  expect(made.map((user) => user.number).toSorted((one, other) => one - other)).toEqual([
    1, 2, 3, 4, 5, 6, 7, 8, 9, 10,
  ]);
});

test("an e-mail address is one user's in a tenant, free in another, and free again after a revocation", async () => {
  const [one, other] = [await setup(), await setup()];
  const user = await one.create({});
  await other.create({});
  const taken = await one.root.post(one.path, { email: "ADA@example.com", role: "viewer" });
  expect(taken).toMatchObject({ status: 409, body: { code: "already_exists" } });
  expect((await one.root.delete(`${one.path}/${user.id}`)).status).toBe(204);
  expect((await one.create({})).id).not.toBe(user.id);
});

test.each([
  [{ email: "no-at" }, "/email", "invalid_format"],
  [{ email: "a b@example.com" }, "/email", "invalid_format"],
  [{ email: `${"a".repeat(250)}@b.co` }, "/email", "invalid_format"],
  [{ role: "owner" }, "/role", "invalid_value"],
  [{ number: 0 }, "/number", "out_of_bounds"],
  [{ number: 2_147_483_648 }, "/number", "out_of_bounds"],
  [{ name: "" }, "/name", "out_of_bounds"],
  [{ password: "eleven char" }, "/password", "out_of_bounds"],
  [{ password: "x".repeat(1025) }, "/password", "out_of_bounds"],
  [{ hash: "x" }, "/hash", "unknown_member"],
])("%j is refused", async (member, path, code) => {
  const { root, path: users } = await setup();
  const answer = await root.post(users, { email: "ada@example.com", role: "viewer", ...member });
  expect(answer.status).toBe(400);
  expect(answer.body.errors).toMatchObject([{ path, code }]);
});

test("a password of twelve characters and one of 1024 bytes are taken", async () => {
  const { create, logIn } = await setup();
  for (const [index, password] of ["twelve chars", "é".repeat(512)].entries()) {
    await create({ email: `p${index}@example.com`, password });
    await logIn(`p${index}@example.com`, password);
  }
});

test("an update changes what it names and leaves the rest", async () => {
  const { root, path, create } = await setup();
  const user = await create({ name: "Ada" });
  api.clock.advance(1000);
  const renamed = await root.patch(`${path}/${user.id}`, { name: "Countess" });
  expect(renamed.body).toEqual({ ...user, name: "Countess", updatedAt: api.clock.now().toISOString() });
  const disabled = await root.patch(`${path}/${user.id}`, { disabled: true, number: 9, role: "viewer" });
  const since = api.clock.now().toISOString();
  expect(disabled.body).toMatchObject({ name: "Countess", number: 9, role: "viewer", disabledAt: since });
  api.clock.advance(1000);
  expect((await root.patch(`${path}/${user.id}`, { disabled: true })).body.disabledAt).toBe(since);
  expect((await root.patch(`${path}/${user.id}`, { disabled: false })).body.disabledAt).toBeNull();
});

test("a list walks all users newest first, each once", async () => {
  const { root, path, create } = await setup();
  const made: string[] = [];
  for (let index = 0; index < 5; index += 1) {
    api.clock.advance(1);
    made.push((await create({ email: `w${index}@example.com` })).id);
  }
  const seen: string[] = [];
  for (let cursor: string | null = ""; cursor !== null;) {
    const { body } = await root.get(`${path}?limit=2${cursor === "" ? "" : `&cursor=${cursor}`}`);
    seen.push(...body.data.map((user: { id: string }) => user.id));
    cursor = body.nextCursor;
  }
  expect(seen).toEqual(made.toReversed());
});

test("users are read with users:read, changed with users:write, and another tenant's are not found", async () => {
  const { path, create, withKey } = await setup();
  const user = await create({});
  const reader = await withKey("users:read");
  expect((await reader.get(path)).status).toBe(200);
  expect((await reader.post(path, { email: "x@example.com", role: "viewer" })).status).toBe(403);
  expect((await reader.patch(`${path}/${user.id}`, { name: "x" })).status).toBe(403);
  expect((await reader.delete(`${path}/${user.id}`)).status).toBe(403);
  expect((await (await withKey("users:write")).get(path)).status).toBe(403);

  const stranger = await (await setup()).withKey("users:read", "users:write");
  expect((await stranger.get(path)).status).toBe(404);
  const elsewhere = await setup();
  const strange = await elsewhere.root.patch(`${elsewhere.path}/${user.id}`, { name: "x" });
  expect(strange.status).toBe(404);
});

test("nobody makes, or takes over, a user who may do more than they", async () => {
  const { path, create, withKey } = await setup();
  const admin = await create({ email: "boss@example.com", role: "admin", password: PASSWORD });
  const viewer = await create({ email: "viewer@example.com", role: "viewer" });
  const key = await withKey(
    "users:write",
    "events:read",
    "event-types:read",
    "endpoints:read",
    "deliveries:read",
    "secrets:read",
  );
  expect((await key.post(path, { email: "x@example.com", role: "viewer" })).status).toBe(201);
  expect((await key.post(path, { email: "y@example.com", role: "admin" })).status).toBe(403);
  expect((await key.patch(`${path}/${viewer.id}`, { role: "developer" })).status).toBe(403);
  expect((await key.patch(`${path}/${admin.id}`, { password: PASSWORD })).status).toBe(403);
  expect((await key.delete(`${path}/${admin.id}`)).status).toBe(403);
});

test("an admin manages users, and sets a password only soon after logging in", async () => {
  const { path, create, logIn } = await setup();
  await create({ email: "boss@example.com", role: "admin", password: PASSWORD });
  const user = await create({});
  const admin = await logIn("boss@example.com");
  expect((await admin.patch(`${path}/${user.id}`, { password: PASSWORD })).status).toBe(200);
  api.clock.advance(5 * 60_000 + 1);
  const late = await admin.patch(`${path}/${user.id}`, { password: PASSWORD });
  expect(late).toMatchObject({ status: 403, body: { code: "step_up_required" } });
  expect((await admin.patch(`${path}/${user.id}`, { name: "Renamed" })).status).toBe(200);
});
