/** Who may call (section 2), and which tenant a request means where its credentials name none. */
import { request as httpRequest } from "node:http";

import { afterAll, beforeAll, expect, test } from "vitest";

import { startTestServer, type TestServer } from "../../support/start-server.ts";
import { writeReport } from "../report.ts";
import { clientOf, type CommunityClient, ENDPOINTS } from "./community-client.ts";
import { type Community, openCommunity, signJwt } from "./open-community.ts";

let world: TestServer;
let community: Community;
let send: CommunityClient;
beforeAll(async () => {
  world = await startTestServer();
  community = await openCommunity(world);
  send = clientOf(community);
});
afterAll(async () => {
  writeReport();
  await world[Symbol.asyncDispose]();
});

const statusWith = async (token: string | null) => (await send({ method: "GET", path: ENDPOINTS, token })).status;
const seconds = () => Math.floor(world.clock.nowMs() / 1000);

test("the worked token of the contract is signed as ours are", () => {
  const claims = { token_type: "access", user_id: "7", jti: "1700000000000", iat: 1700000000, exp: 1700007200 };
  expect(signJwt(claims, "demo-jwt-shared-secret-0123456789")).toBe(
    "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJ0b2tlbl90eXBlIjoiYWNjZXNzIiwidXNlcl9pZCI6IjciLCJqdGkiOiIxNzAwMDAwMDAwMDAwIiwiaWF0IjoxNzAwMDAwMDAwLCJleHAiOjE3MDAwMDcyMDB9.euI7EBKS5AZFY0VJlGXeCmSdS4EZCn7yY3CYjQxEo3g",
  );
});

test.each([
  ["a text as user", 200, { user_id: "7" }],
  ["a number as jti", 200, { jti: 5 }],
  ["an iat in milliseconds", 200, { iat: 1_700_000_000_000 }],
  ["an ext_id", 200, { ext_id: { any: "thing" } }],
  ["an unknown user", 401, { user_id: 99 }],
  ["no user", 401, { user_id: undefined }],
  ["a user that is no integer", 401, { user_id: "1.5" }],
  ["a user far beyond", 401, { user_id: 1e300 }],
  ["a name as user", 401, { user_id: "admin" }],
  ["a refresh token", 401, { token_type: "refresh" }],
  ["no token_type", 401, { token_type: undefined }],
  ["no exp", 401, { exp: undefined }],
  ["a text as exp", 401, { exp: "4000000000" }],
  ["no iat", 401, { iat: undefined }],
  ["no jti", 401, { jti: undefined }],
  ["the member", 403, { user_id: 2 }],
])("a token with %s is %i", async (_name, status, claims) => {
  expect(await statusWith(community.token(1, claims))).toBe(status);
});

test("a token ends at its exp, to the second", async () => {
  const token = community.token(1, { exp: seconds() + 10 });
  world.clock.advance(10_000 - (world.clock.nowMs() % 1000) - 1);
  expect(await statusWith(token)).toBe(200);
  world.clock.advance(1);
  expect(await statusWith(token)).toBe(401);
});

test.each([
  ["none", { alg: "none", typ: "JWT" }],
  ["HS512", { alg: "HS512", typ: "JWT" }],
  ["RS256", { alg: "RS256", typ: "JWT" }],
])("a token that claims the algorithm %s is refused", async (_name, header) => {
  const [, claims] = community.token(1).split(".");
  const parsed = JSON.parse(Buffer.from(claims ?? "", "base64url").toString()) as Record<string, unknown>;
  expect(await statusWith(signJwt(parsed, community.jwtSecret, header))).toBe(401);
  expect(await statusWith(signJwt(parsed, community.jwtSecret, header).replace(/\.[^.]*$/, "."))).toBe(401);
});

test("a token of another secret, with another signature, or with no form at all is refused", async () => {
  const token = community.token(1);
  const other = signJwt({ token_type: "access", user_id: 1, jti: "1", iat: 1, exp: seconds() + 60 }, "another secret");
  for (const wrong of [other, `${token}A`, token.slice(0, -2), "a.b.c", "x", `${token}.${token}`, world.rootKey]) {
    expect(await statusWith(wrong), wrong).toBe(401);
  }
});

test("the access token of a session is one too, and ends with it", async () => {
  const login = async (number: number) => {
    const body = { tenant: community.tenant, email: `user${number}@example.com`, password: `password of ${number}` };
    const answer = await world.client(null).post("/v1/sessions", body);
    expect(answer.status, answer.text).toBe(201);
    return answer.body.accessToken as string;
  };
  const admin = await login(1);
  expect(await statusWith(admin)).toBe(200);
  expect(await statusWith(await login(2))).toBe(403);
  await world.client(admin).delete("/v1/sessions/current");
  expect(await statusWith(admin)).toBe(401);
});

test("a user who is disabled or loses the role counts from the next request", async () => {
  const root = world.client();
  const path = `/v1/tenants/${community.tenant}/users`;
  const { body: user } = await root.post(path, { number: 40, role: "admin", email: "forty@example.com" });
  const token = community.token(40);
  expect(await statusWith(token)).toBe(200);
  await root.patch(`${path}/${user.id}`, { role: "developer" });
  expect(await statusWith(token)).toBe(403);
  await root.patch(`${path}/${user.id}`, { role: "admin", disabled: true });
  expect(await statusWith(token)).toBe(401);
});

/** Asks under another `Host` than the address that is dialled. */
function statusUnder(host: string, token: string): Promise<number> {
  const { hostname, port } = new URL(world.server.url);
  return new Promise((resolve, reject) => {
    const headers = { host, authorization: `Bearer ${token}` };
    httpRequest({ hostname, port, path: ENDPOINTS, headers }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    })
      .on("error", reject)
      .end();
  });
}

test("the host names the tenant, whatever its case and port; another host names none", async () => {
  const other = await openCommunity(world, { host: "other.example.com" });
  expect(await statusUnder("other.example.com", other.token(1))).toBe(200);
  expect(await statusUnder("Other.Example.com:8443", other.token(1))).toBe(200);
  expect(await statusUnder("other.example.com", community.token(1))).toBe(401);
  expect(await statusUnder("unknown.example.com", community.token(1))).toBe(404);
});

test("a token that names its tenant wins over the host", async () => {
  const other = await openCommunity(world, { host: "wins.example.com" });
  const body = { tenant: other.tenant, email: "user1@example.com", password: "password of 1" };
  const { body: session } = await world.client(null).post("/v1/sessions", body);
  await send({ method: "POST", path: ENDPOINTS, body: { target: "https://example.com", events: [] } });
  const { body: list } = await send({ method: "GET", path: ENDPOINTS, token: session.accessToken });
  expect(list.count).toBe(0);
});

test("a default tenant is meant where nothing names one, and only if it has the dialect on", async () => {
  await using dev = await startTestServer({ config: { defaultTenant: "home" } });
  const root = dev.client();
  await root.post("/v1/tenants", { name: "Home", slug: "home" });
  const url = new URL(ENDPOINTS, dev.server.url);
  expect((await fetch(url)).status).toBe(404);
  await root.put("/v1/tenants/home/dialects/selfcommunity", {});
  expect((await fetch(url)).status).toBe(401);
  await root.delete("/v1/tenants/home/dialects/selfcommunity");
  expect((await fetch(url)).status).toBe(404);
});

test("an endpoint of another tenant is not there", async () => {
  const other = await openCommunity(world, { host: "foreign.example.com" });
  const body = { target: "https://example.com", events: [] };
  const { body: endpoint } = await send({ method: "POST", path: ENDPOINTS, body });
  expect(await statusUnder("foreign.example.com", other.token(1))).toBe(200);
  const { body: session } = await world
    .client(null)
    .post("/v1/sessions", { tenant: other.tenant, email: "user1@example.com", password: "password of 1" });
  const path = `${ENDPOINTS}${endpoint.id}/`;
  for (const method of ["GET", "DELETE"]) {
    expect((await send({ method, path, token: session.accessToken })).status).toBe(404);
  }
});

test("links are below the public URL where one is set", async () => {
  await using behind = await startTestServer({
    config: { publicUrl: "https://hooks.example.com/below", defaultTenant: "home" },
  });
  const root = behind.client();
  await root.post("/v1/tenants", { name: "Home", slug: "home" });
  await root.post("/v1/tenants/home/users", { number: 1, role: "admin", email: "one@example.com" });
  const { body: dialect } = await root.put("/v1/tenants/home/dialects/selfcommunity", {});
  const now = Math.floor(behind.clock.nowMs() / 1000);
  const claims = { token_type: "access", user_id: 1, jti: "1", iat: now, exp: now + 60 };
  const headers = { authorization: `Bearer ${signJwt(claims, dialect.jwtSecret)}`, "content-type": "application/json" };
  const url = new URL(ENDPOINTS, behind.server.url);
  for (const target of ["https://one.example.com", "https://two.example.com"]) {
    await fetch(url, { method: "POST", headers, body: JSON.stringify({ target, events: [] }) });
  }
  const page = (await (await fetch(`${url.href}?limit=1`, { headers })).json()) as { next: string };
  expect(page.next).toBe("https://hooks.example.com/below/api/v2/webhook/endpoint/?limit=1&offset=1");
});
