import { afterAll, beforeAll, expect, test } from "vitest";

import { newTenant } from "../../../../test/support/new-tenant.ts";
import { startApi, type TestApi } from "../../../../test/support/start-api.ts";
import { EVENT_CATALOGUES } from "../../../core/dialects/event-catalogues.ts";
import { findDialectTenant } from "../../../core/dialects/find-dialect-tenant.ts";

let api: TestApi;
beforeAll(async () => {
  api = await startApi();
});
afterAll(async () => {
  expect(api.faults).toEqual([]);
  await api[Symbol.asyncDispose]();
});

const pathOf = (tenant: { readonly path: string }) => `${tenant.path}/dialects/selfcommunity`;
const tenantOfHost = (host: string, defaultTenant: string | null = null) =>
  findDialectTenant({ context: api.context, dialect: "selfcommunity", host, defaultTenant });

test("switched on, a dialect has its hosts, its event types and a secret that is shown once", async () => {
  const tenant = await newTenant(api);
  const on = await api.client().put(pathOf(tenant), { hosts: ["a.example.com", "b.example.com"] });
  expect(on.status).toBe(201);
  expect(on.body).toMatchObject({ name: "selfcommunity", hosts: ["a.example.com", "b.example.com"] });
  expect(on.body.jwtSecret).toMatch(/^[A-Za-z0-9_-]{43}$/);
  const again = await api.client().put(pathOf(tenant), {});
  expect([again.status, again.body.jwtSecret, again.body.hosts]).toEqual([200, null, on.body.hosts]);
  const { jwtSecret: _, authToken: _none, workspaceAuthToken: _neither, ...shown } = again.body;
  expect((await api.client().get(pathOf(tenant))).body).toEqual(shown);
  expect((await api.client().get(`${tenant.path}/dialects`)).body).toEqual({ data: [shown] });

  const rows = await api.database.query({ name: "all-dialects", text: "select * from tenant_dialects" }, []);
  expect(JSON.stringify(rows)).not.toContain(on.body.jwtSecret);
  const types = await api.client().get(`${tenant.path}/event-types?limit=250`);
  expect(types.body.data.map(({ name }: { name: string }) => name)).toEqual(EVENT_CATALOGUES.selfcommunity.toSorted());
});

test("a contract whose callers sign no tokens has no secret, and takes none", async () => {
  const tenant = await newTenant(api);
  const path = `${tenant.path}/dialects/thesignup`;
  const refused = await api.client().put(path, { jwtSecret: "a secret of the community" });
  expect([refused.status, refused.body.errors[0].path]).toEqual([400, "/jwtSecret"]);
  const on = await api.client().put(path, {});
  expect([on.status, on.body.name, on.body.jwtSecret]).toEqual([201, "thesignup", null]);
});

test("what a tenant has said about a type stays when its contract registers it", async () => {
  const tenant = await newTenant(api);
  const type = `${tenant.path}/event-types/comment.created`;
  await api.client().put(type, { description: "ours" });
  await api.client().put(pathOf(tenant), {});
  expect((await api.client().get(type)).body.description).toBe("ours");
});

test("a host leads to its tenant; one that is another's is refused, and free once that is gone", async () => {
  const [one, other] = [await newTenant(api), await newTenant(api)];
  const hosts = ["shared.example.com"];
  await api.client().put(pathOf(one), { hosts });
  expect(await tenantOfHost("Shared.example.com:443")).toMatchObject({ byHost: true });
  expect((await api.client().put(pathOf(other), { hosts })).status).toBe(409);
  expect((await api.client().get(pathOf(other))).status).toBe(404);

  await api.client().put(pathOf(one), { hosts: [] });
  expect(await tenantOfHost("shared.example.com")).toBeNull();
  expect((await api.client().put(pathOf(other), { hosts })).status).toBe(201);
  await api.client().delete(other.path);
  expect(await tenantOfHost("shared.example.com")).toBeNull();
  expect((await api.client().put(pathOf(one), { hosts })).body.hosts).toEqual(hosts);
});

test("a host goes before the default tenant, which must have the dialect on", async () => {
  const [home, guest] = [await newTenant(api), await newTenant(api)];
  expect(await tenantOfHost("guest.example.com", home.slug)).toBeNull();
  await api.client().put(pathOf(home), {});
  expect(await tenantOfHost("guest.example.com", home.slug)).toMatchObject({ byHost: false });
  await api.client().put(pathOf(guest), { hosts: ["guest.example.com"] });
  expect(await tenantOfHost("guest.example.com", home.slug)).toMatchObject({ byHost: true });
});

test("switched off, nothing is left but what was made; on again, it has another secret", async () => {
  const tenant = await newTenant(api);
  const first = await api.client().put(pathOf(tenant), { hosts: ["off.example.com"] });
  expect((await api.client().delete(pathOf(tenant))).status).toBe(204);
  expect(await tenantOfHost("off.example.com")).toBeNull();
  expect((await api.client().delete(pathOf(tenant))).status).toBe(404);
  const second = await api.client().put(pathOf(tenant), {});
  expect(second.body.jwtSecret).not.toBe(first.body.jwtSecret);
  expect(second.body.hosts).toEqual([]);
});

test("a secret that is given is kept and not shown", async () => {
  const tenant = await newTenant(api);
  const jwtSecret = "a secret of the community";
  const on = await api.client().put(pathOf(tenant), { jwtSecret });
  expect([on.status, on.body.jwtSecret]).toEqual([201, null]);
  expect((await api.client().put(pathOf(tenant), { jwtSecret: "short" })).status).toBe(400);
});

test("only the root key switches dialects, and each time is in the audit log", async () => {
  const tenant = await newTenant(api);
  await api.client().put(pathOf(tenant), {});
  await api.client().delete(pathOf(tenant));
  const { body: key } = await api
    .client()
    .post(`${tenant.path}/api-keys`, { name: "all", scopes: ["api-keys:write", "users:write", "audit:read"] });
  for (const method of ["PUT", "GET", "DELETE"]) {
    const body = method === "PUT" ? {} : undefined;
    expect((await api.client(key.token).request(method, pathOf(tenant), body)).status).toBe(403);
  }
  const { body: audit } = await api.client().get(`${tenant.path}/audit?subject=dialect:selfcommunity`);
  expect(audit.data.map(({ action }: { action: string }) => action)).toEqual(["dialect.delete", "dialect.put"]);
});

test("a dialect that is not known is not there", async () => {
  const tenant = await newTenant(api);
  for (const name of ["native", "constructor", "velt2"]) {
    expect((await api.client().put(`${tenant.path}/dialects/${name}`, {})).status).toBe(404);
  }
});

test("Velt is switched on with keys and tokens: what is generated is shown once, what is given never", async () => {
  const [one, other] = [await newTenant(api), await newTenant(api)];
  const path = (tenant: { readonly path: string }) => `${tenant.path}/dialects/velt`;
  const on = await api.client().put(path(one), {});
  expect(on.status).toBe(201);
  expect(on.body).toMatchObject({ name: "velt", hosts: [], jwtSecret: null, available: true });
  for (const token of [on.body.authToken, on.body.workspaceAuthToken]) expect(token).toMatch(/^[A-Za-z0-9_-]{43}$/);
  const again = await api.client().put(path(one), { apiKey: "my.key-1" });
  expect(again.body).toMatchObject({ apiKey: "my.key-1", workspaceId: on.body.workspaceId, authToken: null });
  const rows = await api.database.query({ name: "all-dialect-tokens", text: "select * from dialect_tokens" }, []);
  expect(JSON.stringify(rows)).not.toContain(on.body.authToken);
  expect((await api.client().get(`${one.path}/audit`)).text).not.toContain(on.body.authToken);

  expect((await api.client().put(path(other), { apiKey: "my.key-1" })).status).toBe(409);
  const given = { authTokens: [{ token: "a-token-that-is-given" }], workspaceAuthToken: "another-that-is-given" };
  expect((await api.client().put(path(other), given)).body).toMatchObject({
    authToken: null,
    workspaceAuthToken: null,
  });
  await api.client().delete(path(one));
  expect((await api.client().put(path(other), { apiKey: "my.key-1" })).body.apiKey).toBe("my.key-1");
});

test("each dialect takes what is its own, and tells every mistake in it", async () => {
  const tenant = await newTenant(api);
  const mistakes = async (name: string, body: object) => {
    const answer = await api.client().put(`${tenant.path}/dialects/${name}`, body);
    expect(answer.status).toBe(400);
    return answer.body.errors.map(({ path, code }: { path: string; code: string }) => `${path} ${code}`);
  };
  expect(await mistakes("velt", { hosts: ["a.example.com"], jwtSecret: "a secret of sixteen" })).toEqual([
    "/hosts unknown_member",
    "/jwtSecret unknown_member",
  ]);
  expect(await mistakes("selfcommunity", { apiKey: "key", available: false })).toEqual([
    "/apiKey unknown_member",
    "/available unknown_member",
  ]);
  const token = "a-token-that-is-given";
  const authTokens = [
    { token },
    { token },
    { token: "short" },
    { token: `${token} 3` },
    { token, name: "n".repeat(257) },
  ];
  expect(await mistakes("velt", { apiKey: "a b", authTokens, workspaceId: "" })).toEqual([
    "/apiKey invalid_format",
    "/authTokens/1/token repeated",
    "/authTokens/2/token invalid_format",
    "/authTokens/3/token invalid_format",
    "/authTokens/4/token repeated",
    "/workspaceId invalid_format",
  ]);
  expect(await mistakes("velt", { authTokens: [] })).toEqual(["/authTokens out_of_bounds"]);
});
