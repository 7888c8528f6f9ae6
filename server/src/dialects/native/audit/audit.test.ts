import { afterAll, beforeAll, expect, test } from "vitest";

import { startApi, type TestApi } from "../../../../test/support/start-api.ts";

let api: TestApi;
let tenants = 0;
beforeAll(async () => {
  api = await startApi();
});
afterAll(async () => {
  expect(api.faults).toEqual([]);
  await api[Symbol.asyncDispose]();
});

/** A tenant with two users made by root: at least two rows. */
async function setup() {
  const slug = `audit-${(tenants += 1)}`;
  const root = api.client();
  await root.post("/v1/tenants", { name: slug, slug });
  const path = `/v1/tenants/${slug}`;
  const users = [];
  for (const email of ["ada@example.com", "grace@example.com"]) {
    api.clock.advance(1000);
    const headers = { "x-request-id": `request-${email.split("@")[0]}` };
    users.push((await root.post(`${path}/users`, { email, role: "viewer" }, { headers })).body);
  }
  const withKey = async (...scopes: string[]) => {
    const { body } = await root.post(`${path}/api-keys`, { name: "key", scopes });
    return { id: body.id as string, client: api.client(body.token) };
  };
  return { root, path, users, withKey };
}

test("a row says who did what to which thing, when, from where, in which request, and what came of it", async () => {
  const { root, path, users } = await setup();
  const { body } = await root.get(`${path}/audit?limit=1`);
  expect(body.data).toEqual([
    {
      number: expect.any(Number),
      at: api.clock.now().toISOString(),
      actor: "root",
      address: "127.0.0.1",
      requestId: "request-grace",
      action: "user.create",
      subject: `user:${users[1].id}`,
      reason: null,
      before: null,
      after: {
        number: 2,
        email: "grace@example.com",
        name: "grace@example.com",
        role: "viewer",
        hasPassword: false,
        disabledAt: null,
      },
      mac: expect.stringMatching(/^[0-9a-f]{64}$/),
    },
  ]);
});

test("a change shows what was before and after", async () => {
  const { root, path, users } = await setup();
  await root.patch(`${path}/users/${users[0].id}`, { role: "admin" });
  const { body } = await root.get(`${path}/audit?limit=1`);
  expect(body.data).toMatchObject([{ action: "user.update", before: { role: "viewer" }, after: { role: "admin" } }]);
});

test("the head is the last row, and an empty log has one too", async () => {
  const { root, path } = await setup();
  const [last] = (await root.get(`${path}/audit?limit=1`)).body.data;
  expect((await root.get(`${path}/audit/head`)).body).toEqual({ number: last.number, mac: last.mac });
});

test("the log is walked newest first, each row once, without gaps", async () => {
  const { root, path, users } = await setup();
  for (let index = 0; index < 5; index += 1) await root.patch(`${path}/users/${users[0].id}`, { name: `n${index}` });
  const seen: number[] = [];
  for (let cursor: string | null = ""; cursor !== null;) {
    const { body } = await root.get(`${path}/audit?limit=2${cursor === "" ? "" : `&cursor=${cursor}`}`);
    seen.push(...body.data.map((row: { number: number }) => row.number));
    cursor = body.nextCursor;
  }
  expect(seen).toEqual(seen.map((_number, index) => seen.length - index));
});

test("filters pick by action, actor, subject and time", async () => {
  const { root, path, users, withKey } = await setup();
  const key = await withKey(
    "users:write",
    "events:read",
    "event-types:read",
    "endpoints:read",
    "deliveries:read",
    "secrets:read",
  );
  api.clock.advance(60_000);
  const since = api.clock.now().toISOString();
  await key.client.patch(`${path}/users/${users[0].id}`, { name: "by key" });
  const count = async (query: string) => (await root.get(`${path}/audit?${query}`)).body.data.length;
  expect(await count("action=user.update")).toBe(1);
  expect(await count("action=user.revoke")).toBe(0);
  expect(await count(`actor=api_key:${key.id}`)).toBe(1);
  expect(await count(`actor=root&subject=user:${users[0].id}`)).toBe(1);
  expect(await count(`subject=user:${users[0].id}`)).toBe(2);
  expect(await count(`createdAfter=${since}`)).toBe(1);
  expect(await count(`createdBefore=${since}&action=user.create`)).toBe(2);
});

test.each(["action=user.fly", "actor=me", "subject=endpoint:key_1", "subject=", "createdAfter=yesterday", "cursor=MA"])(
  "a list refuses %s",
  async (query) => {
    const { root, path } = await setup();
    const answer = await root.get(`${path}/audit?${query}`);
    expect(answer.status).toBe(400);
    expect(answer.body.code).toBe("validation_failed");
  },
);

test("the log is read with audit:read, and another tenant's is not found", async () => {
  const { path, withKey } = await setup();
  const stranger = await (await setup()).withKey("audit:read");
  for (const what of ["audit", "audit/head"]) {
    expect((await (await withKey("audit:read")).client.get(`${path}/${what}`)).status).toBe(200);
    expect((await (await withKey("users:read")).client.get(`${path}/${what}`)).status).toBe(403);
    expect((await stranger.client.get(`${path}/${what}`)).status).toBe(404);
  }
});
