import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";

import type { ApiClient } from "../../../../test/support/api-client.ts";
import { startApi, type TestApi } from "../../../../test/support/start-api.ts";
import { fromUuidId } from "../../../core/ids/public-id.ts";
import type { Queryable, Statement } from "../../../db/database.ts";
import { revealSecret } from "../../../core/secrets/reveal-secret.ts";

const PASSWORD = "a right long password";
const MINUTE_MS = 60_000;

let api: TestApi;
let tenants = 0;
beforeAll(async () => {
  api = await startApi();
});
afterAll(async () => {
  expect(api.faults).toEqual([]);
  await api[Symbol.asyncDispose]();
});

let slug: string;
let endpoint: { readonly id: string; readonly secret: string };
let path: string;
beforeEach(async () => {
  slug = `reveal-${(tenants += 1)}`;
  await api.client().post("/v1/tenants", { name: slug, slug });
  endpoint = (await api.client().post(`/v1/tenants/${slug}/endpoints`, { url: "https://example.com/" })).body;
  path = `/v1/tenants/${slug}/endpoints/${endpoint.id}/secrets`;
});

async function logIn(role: string): Promise<ApiClient> {
  const email = `${role}@example.com`;
  await api.client().post(`/v1/tenants/${slug}/users`, { email, role, password: PASSWORD });
  const { body } = await api.client(null).post("/v1/sessions", { tenant: slug, email, password: PASSWORD });
  return api.client(body.accessToken);
}

async function withKey(...scopes: string[]): Promise<ApiClient> {
  const { body } = await api.client().post(`/v1/tenants/${slug}/api-keys`, { name: "key", scopes });
  return api.client(body.token);
}

const reveal = (client: ApiClient, body: object = {}) => client.post(`${path}/reveal`, body);

async function audited(): Promise<Record<string, unknown>[]> {
  const { body } = await api.client().get(`/v1/tenants/${slug}/audit?limit=250`);
  return body.data.filter((row: { action: string }) => row.action.startsWith("secret.reveal"));
}

test("an API key with the scope sees the active secret, and the act is recorded with its reason", async () => {
  const answer = await reveal(await withKey("secrets:reveal"), { reason: "moving receivers" });
  expect(answer.status, answer.text).toBe(200);
  expect(answer.body).toMatchObject({ number: 1, state: "active", secret: endpoint.secret });
  expect(answer.headers.get("cache-control")).toBe("no-store");
  const rows = await audited();
  expect(rows).toMatchObject([
    {
      action: "secret.reveal",
      actor: expect.stringMatching(/^(api_)?key/),
      reason: "moving receivers",
      after: { version: 1, state: "active", stepUp: "scope" },
    },
  ]);
  expect(JSON.stringify(rows)).not.toContain(endpoint.secret.slice(6));
});

test("a key that may read and write secrets may not see them", async () => {
  const refused = await reveal(await withKey("secrets:read", "secrets:write"));
  expect(refused.status).toBe(403);
  expect(refused.body.code).toBe("scope_required");
  expect(await audited()).toEqual([]);
});

test("the root key sees it", async () => {
  expect((await reveal(api.client())).body.secret).toBe(endpoint.secret);
});

test("a user sees it within five minutes of the login, later only with the password", async () => {
  const user = await logIn("developer");
  api.clock.advance(5 * MINUTE_MS);
  expect((await reveal(user)).body.secret).toBe(endpoint.secret);
  api.clock.advance(1);
  const refused = await reveal(user);
  expect(refused.status).toBe(403);
  expect(refused.body.code).toBe("step_up_required");
  expect((await reveal(user, { password: PASSWORD })).body.secret).toBe(endpoint.secret);
  expect(await audited()).toMatchObject([{ after: { stepUp: "password" } }, { after: { stepUp: "recent_login" } }]);
});

test("a viewer does not see it, whatever the password", async () => {
  const viewer = await logIn("viewer");
  expect((await reveal(viewer, { password: PASSWORD })).body.code).toBe("scope_required");
});

test("a wrong password shows nothing, also just after a login, and is recorded", async () => {
  const user = await logIn("admin");
  const refused = await reveal(user, { password: "a wrong long password", reason: "guessing" });
  expect(refused.status).toBe(403);
  expect(refused.body.code).toBe("step_up_required");
  expect(refused.text).not.toContain(endpoint.secret.slice(6));
  expect(await audited()).toMatchObject([{ action: "secret.reveal_refuse", reason: "guessing" }]);
  expect(JSON.stringify(await audited())).not.toContain("a wrong long password");
});

test("guessing is stopped with the seconds to wait, and the right password does not pass either", async () => {
  const user = await logIn("admin");
  api.clock.advance(6 * MINUTE_MS);
  for (let count = 0; count < 10; count += 1) {
    expect((await reveal(user, { password: `wrong ${count}` })).status).toBe(403);
  }
  const limited = await reveal(user, { password: PASSWORD });
  expect(limited.status).toBe(429);
  expect(Number(limited.headers.get("retry-after"))).toBeGreaterThan(0);
});

test("a version is named by its number; an expired one has no value any more, at its exact end", async () => {
  const { body: rotated } = await api.client().post(`${path}/rotate`, { overlapSeconds: 60 });
  expect((await reveal(api.client(), { version: 1 })).body).toMatchObject({
    state: "retiring",
    secret: endpoint.secret,
  });
  expect((await reveal(api.client())).body.secret).toBe(rotated.secret);
  api.clock.advance(59_999);
  expect((await reveal(api.client(), { version: 1 })).status).toBe(200);
  api.clock.advance(1);
  const gone = await reveal(api.client(), { version: 1 });
  expect(gone.status).toBe(409);
  expect(gone.body.code).toBe("wrong_state");
  expect((await reveal(api.client(), { version: 9 })).status).toBe(404);
});

test("a staged version can be seen", async () => {
  const { body: staged } = await api.client().post(`${path}/stage`, {});
  expect((await reveal(api.client(), { version: staged.number })).body.secret).toBe(staged.secret);
});

test("no Idempotency-Key keeps the answer: every time somebody is asked, and recorded", async () => {
  const user = await logIn("developer");
  const options = { idempotencyKey: "again" };
  expect((await user.post(`${path}/reveal`, {}, options)).status).toBe(200);
  expect((await user.post(`${path}/reveal`, {}, options)).headers.get("idempotent-replayed")).toBeNull();
  api.clock.advance(6 * MINUTE_MS);
  expect((await user.post(`${path}/reveal`, {}, options)).status).toBe(403);
  expect(await audited()).toHaveLength(2);
});

test("nothing is shown unless the record of it is committed", async () => {
  const { database } = api.context;
  const refuseAudit = (inner: Queryable): Queryable => ({
    script: (text) => inner.script(text),
    query: <Row extends object>(statement: Statement, parameters: readonly unknown[]): Promise<Row[]> =>
      statement.name === "insert-audit-row" ? Promise.reject(LOST) : inner.query<Row>(statement, parameters),
  });
  const context = {
    ...api.context,
    database: {
      ...database,
      transaction: <T>(work: (transaction: Queryable) => Promise<T>) =>
        database.transaction((transaction) => work(refuseAudit(transaction))),
    },
  };
  const tenantId = fromUuidId("ten", (await api.client().get(`/v1/tenants/${slug}`)).body.id) ?? "";
  const endpointId = fromUuidId("ep", endpoint.id) ?? "";
  const actor = { kind: "root", address: null } as const;
  await expect(revealSecret({ context, actor, tenantId, endpointId, input: {} })).rejects.toBe(LOST);
});

test("POSTHORN_REVEAL=never shows nothing to anybody, the root key included", async () => {
  await using closed = await startApi({ reveals: false });
  await closed.client().post("/v1/tenants", { name: "Closed", slug: "closed" });
  const { body } = await closed.client().post("/v1/tenants/closed/endpoints", { url: "https://example.com/" });
  const refused = await closed.client().post(`/v1/tenants/closed/endpoints/${body.id}/secrets/reveal`, {});
  expect(refused.status).toBe(403);
  expect(refused.body.code).toBe("reveal_disabled");
});

const LOST = new Error("the connection was lost");
