import { afterAll, beforeAll, expect, test, vi } from "vitest";

import { startApi, type TestApi } from "../../../../test/support/start-api.ts";

const PASSWORD = "correct horse battery";
const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
/** The row of a refused login is written beside the answer. */
const PATIENCE = { timeout: 20_000 };
const HUNDRED_CHECKS_TIMEOUT_MS = 120_000;
const PROXY = ["127.0.0.0/8"];

let api: TestApi;
let tenants = 0;
beforeAll(async () => {
  api = await startApi({ trustedProxies: PROXY });
});
afterAll(async () => {
  expect(api.faults).toEqual([]);
  await api[Symbol.asyncDispose]();
});

/** A tenant with one user; every test logs in from an address of its own, so that counts do not meet. */
async function setup(role = "developer") {
  tenants += 1;
  const slug = `sessions-${tenants}`;
  const address = `192.0.2.${tenants}`;
  const root = api.client();
  await root.post("/v1/tenants", { name: slug, slug });
  const path = `/v1/tenants/${slug}`;
  const user = (await root.post(`${path}/users`, { email: "ada@example.com", role, password: PASSWORD })).body;
  const tryLogIn = (input: object = {}, from = address) =>
    api
      .client(null)
      .post(
        "/v1/sessions",
        { tenant: slug, email: "ada@example.com", password: PASSWORD, ...input },
        { headers: { "x-forwarded-for": from } },
      );
  const logIn = async () => {
    const answer = await tryLogIn();
    expect(answer.status).toBe(201);
    return answer.body;
  };
  const refresh = (refreshToken: string) => api.client(null).post("/v1/sessions/refresh", { refreshToken });
  const actions = async (): Promise<string[]> =>
    (await root.get(`${path}/audit`)).body.data.map((row: { action: string }) => row.action);
  return { slug, address, root, path, user, tryLogIn, logIn, refresh, actions };
}

test("a login gives an access token for 15 minutes and a refresh token for 30 days", async () => {
  const { path, user, tryLogIn } = await setup();
  const { status, body, headers } = await tryLogIn({ email: " ADA@example.com" });
  const now = api.clock.nowMs();
  expect(status).toBe(201);
  expect(headers.get("cache-control")).toBe("no-store");
  expect(body).toEqual({
    accessToken: expect.stringMatching(/^pha_[0-9A-Za-z]{49}$/),
    accessExpiresAt: new Date(now + 15 * MINUTE_MS).toISOString(),
    refreshToken: expect.stringMatching(/^phr_[0-9A-Za-z]{49}$/),
    refreshExpiresAt: new Date(now + 30 * DAY_MS).toISOString(),
    user: { ...user, lastLoginAt: new Date(now).toISOString() },
  });
  const client = api.client(body.accessToken);
  expect((await client.get(`${path}/events`)).status).toBe(200);
  api.clock.advance(15 * MINUTE_MS);
  expect((await client.get(`${path}/events`)).status).toBe(401);
});

test("a user acts within the scopes of the role, in the tenant that is theirs, and publishes", async () => {
  const [mine, other] = [await setup("developer"), await setup()];
  const client = api.client((await mine.logIn()).accessToken);
  expect((await client.put(`${mine.path}/event-types/invoice.paid`)).status).toBe(201);
  const event = { type: "invoice.paid", data: {} };
  expect((await client.post(`${mine.path}/events`, event)).status).toBe(202);
  expect((await client.get(`${mine.path}/audit`)).body.code).toBe("scope_required");
  expect((await client.get("/v1/tenants")).status).toBe(403);
  expect((await client.get(`${other.path}/events`)).status).toBe(404);
  expect((await client.post(`${other.path}/events`, event)).status).toBe(404);

  const viewer = await setup("viewer");
  await viewer.root.put(`${viewer.path}/event-types/invoice.paid`);
  const reader = api.client((await viewer.logIn()).accessToken);
  expect((await reader.post(`${viewer.path}/events`, event)).body.code).toBe("scope_required");
});

test("another role counts from the next request on", async () => {
  const { root, path, user, logIn } = await setup("viewer");
  const client = api.client((await logIn()).accessToken);
  expect((await client.get(`${path}/users`)).status).toBe(403);
  await root.patch(`${path}/users/${user.id}`, { role: "admin" });
  expect((await client.get(`${path}/users`)).status).toBe(200);
});

test("whatever is wrong with a login, the answer is the same", async () => {
  const { root, path, tryLogIn, slug } = await setup();
  await root.post(`${path}/users`, { email: "none@example.com", role: "viewer" });
  const disabled = await root.post(`${path}/users`, { email: "off@example.com", role: "viewer", password: PASSWORD });
  await root.patch(`${path}/users/${disabled.body.id}`, { disabled: true });
  const inputs = [
    { password: "wrong horse battery" },
    { email: "nobody@example.com" },
    { email: "none@example.com" },
    { email: "off@example.com" },
    { tenant: "no-such-tenant" },
    { tenant: `${slug}\u0001` },
    { email: "" },
  ];
  const answers = [];
  for (const input of inputs) answers.push(await tryLogIn(input));
  const [first, ...others] = answers.map(({ status, body: { requestId: _id, ...body } }) => ({ status, body }));
  expect(first).toMatchObject({ status: 401, body: { code: "unauthenticated" } });
  for (const other of others) expect(other).toEqual(first);
});

test("a refresh spends its token for the next pair; the access token before goes on until its end", async () => {
  const { path, logIn, refresh } = await setup();
  const first = await logIn();
  api.clock.advance(10 * MINUTE_MS);
  const second = (await refresh(first.refreshToken)).body;
  expect(second.refreshToken).not.toBe(first.refreshToken);
  expect((await api.client(first.accessToken).get(`${path}/events`)).status).toBe(200);
  api.clock.advance(10 * MINUTE_MS);
  expect((await api.client(first.accessToken).get(`${path}/events`)).status).toBe(401);
  expect((await api.client(second.accessToken).get(`${path}/events`)).status).toBe(200);
});

test("a refresh token that comes twice ends its whole session, and that is audited", async () => {
  const { path, logIn, refresh, actions } = await setup();
  const [first, untouched] = [await logIn(), await logIn()];
  const second = (await refresh(first.refreshToken)).body;
  expect((await refresh(first.refreshToken)).status).toBe(401);
  expect((await refresh(second.refreshToken)).status).toBe(401);
  expect((await api.client(second.accessToken).get(`${path}/events`)).status).toBe(401);
  expect((await api.client(untouched.accessToken).get(`${path}/events`)).status).toBe(200);
  expect((await actions()).filter((action) => action === "session.refresh_reused")).toHaveLength(1);
});

test("of two refreshes with one token at once, one is the reuse", async () => {
  const { logIn, refresh } = await setup();
  const { refreshToken } = await logIn();
  const answers = await Promise.all([refresh(refreshToken), refresh(refreshToken)]);
  expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 401]);
  const winner = answers.find(({ status }) => status === 200);
  expect((await refresh(winner?.body.refreshToken)).status).toBe(401);
});

test("a refresh token ends after 30 days without use, and is no access token", async () => {
  const { path, logIn, refresh } = await setup();
  const { refreshToken, accessToken } = await logIn();
  expect((await api.client(refreshToken).get(`${path}/events`)).status).toBe(401);
  expect((await refresh(accessToken)).status).toBe(401);
  expect((await refresh("phr_")).status).toBe(401);
  api.clock.advance(30 * DAY_MS);
  expect((await refresh(refreshToken)).status).toBe(401);
});

test("a logout ends all tokens of its session and no other session", async () => {
  const { path, logIn, refresh, actions } = await setup();
  const [one, other] = [await logIn(), await logIn()];
  expect((await api.client(one.accessToken).delete("/v1/sessions/current")).status).toBe(204);
  expect((await api.client(one.accessToken).get(`${path}/events`)).status).toBe(401);
  expect((await refresh(one.refreshToken)).status).toBe(401);
  expect((await api.client(other.accessToken).get(`${path}/events`)).status).toBe(200);
  expect(await actions()).toContain("session.end");
});

test.each([
  ["disabling the user", { disabled: true }],
  ["another password", { password: "another horse battery" }],
  ["the same password set again", { password: PASSWORD }],
  ["no password", { password: null }],
])("%s ends every session at once", async (_name, change) => {
  const { root, path, user, logIn, refresh } = await setup();
  const { accessToken, refreshToken } = await logIn();
  expect((await root.patch(`${path}/users/${user.id}`, change)).status).toBe(200);
  expect((await api.client(accessToken).get(`${path}/events`)).status).toBe(401);
  expect((await refresh(refreshToken)).status).toBe(401);
});

test("revoking the user or deleting the tenant ends every session at once", async () => {
  const [one, other] = [await setup(), await setup()];
  const [mine, theirs] = [await one.logIn(), await other.logIn()];
  await one.root.delete(`${one.path}/users/${one.user.id}`);
  expect((await api.client(mine.accessToken).get(`${one.path}/events`)).status).toBe(401);
  await other.root.delete(other.path);
  expect((await api.client(theirs.accessToken).get(`${other.path}/events`)).status).toBe(401);
  expect((await other.refresh(theirs.refreshToken)).status).toBe(401);
});

test("wrong passwords of one user are refused after ten, from every address, until the window ends", async () => {
  const { tryLogIn } = await setup();
  for (let index = 0; index < 10; index += 1) {
    expect((await tryLogIn({ password: "wrong" }, `198.51.100.${index}`)).status).toBe(401);
  }
  const refused = await tryLogIn({}, "198.51.100.77");
  expect(refused).toMatchObject({ status: 429, body: { code: "rate_limited" } });
  expect(Number(refused.headers.get("retry-after"))).toBe(15 * 60);
  api.clock.advance(15 * MINUTE_MS);
  expect((await tryLogIn({}, "198.51.100.77")).status).toBe(201);
});

test("a right password does not count, and forgives no wrong one", async () => {
  const { tryLogIn } = await setup();
  for (let index = 0; index < 9; index += 1) {
    expect((await tryLogIn({ password: "wrong" })).status).toBe(401);
    expect((await tryLogIn()).status).toBe(201);
  }
  expect((await tryLogIn({ password: "wrong" })).status).toBe(401);
  expect((await tryLogIn()).status).toBe(429);
});

test("guesses sent at once do not slip through together", async () => {
  const { tryLogIn } = await setup();
  const answers = await Promise.all(Array.from({ length: 20 }, () => tryLogIn({ password: "wrong" })));
  const checked = answers.filter(({ status }) => status === 401).length;
  expect(checked).toBe(10);
  expect(answers.every(({ status }) => status === 401 || status === 429)).toBe(true);
});

test(
  "wrong passwords of one address are refused after a hundred, whoever they are for; an IPv6 network is one",
  async () => {
    const { slug, tryLogIn } = await setup();
    const guess = (index: number) =>
      tryLogIn({ email: `u${index}@example.com` }, `2001:db8:7:7::${index.toString(16)}`);
    for (let index = 0; index < 100; index += 1) expect((await guess(index)).status, slug).toBe(401);
    expect((await guess(100)).status).toBe(429);
    expect((await tryLogIn({}, "2001:db8:7:8::1")).status).toBe(201);
  },
  HUNDRED_CHECKS_TIMEOUT_MS,
);

test("the limit keeps nothing that was typed", async () => {
  const { tryLogIn } = await setup();
  await tryLogIn({ email: "typed-a-password-here" }, "203.0.113.200");
  const rows = await api.database.query<{ text: string }>(
    { name: "all-checks", text: "select encode(subject, 'escape') as text from password_checks" },
    [],
  );
  expect(rows.length).toBeGreaterThan(0);
  for (const { text } of rows) expect(text).not.toMatch(/typed|203\.0\.113/);
});

test("logins, and refused ones of users that exist, are audited with their address", async () => {
  const { root, path, address, user, logIn, tryLogIn } = await setup();
  await tryLogIn({ password: "wrong" });
  await tryLogIn({ email: "nobody@example.com" });
  await vi.waitFor(async () => {
    const { body } = await root.get(`${path}/audit?action=session.refuse`);
    expect(body.data).toMatchObject([{ actor: "anonymous", subject: `user:${user.id}`, address }]);
  }, PATIENCE);
  await logIn();
  const { body } = await root.get(`${path}/audit?action=session.create`);
  expect(body.data).toMatchObject([{ actor: "anonymous", subject: `user:${user.id}`, address }]);
});

test("no token and no password stands in the database", async () => {
  const { logIn, refresh } = await setup();
  const first = await logIn();
  const second = (await refresh(first.refreshToken)).body;
  const tables = ["users", "sessions", "session_tokens", "audit_log", "password_checks", "idempotent_answers"];
  for (const table of tables) {
    const rows = await api.database.query<{ text: string }>(
      { name: `dump-${table}`, text: `select ${table}::text as text from ${table}` },
      [],
    );
    const dump = rows.map(({ text }) => text).join("\n");
    for (const secret of [PASSWORD, first.accessToken, first.refreshToken, second.accessToken, second.refreshToken]) {
      expect(dump.includes(secret)).toBe(false);
    }
  }
});

test.each([
  {},
  { tenant: "t", email: "e" },
  { tenant: "t", email: "e", password: 1 },
  { tenant: "t", email: "e", password: "x".repeat(1025) },
])("a login without its parts is refused: %#", async (body) => {
  const answer = await api.client(null).post("/v1/sessions", body);
  expect(answer.status).toBe(400);
  expect(answer.text).not.toContain("xxxx");
});
