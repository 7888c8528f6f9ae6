/** Who may call, how often and with which key (sections 2 and 3), asked of every operation. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { OPERATIONS, type Operation } from "../../../src/dialects/thesignup/operations.ts";
import { startTestServer, type TestServer } from "../../support/start-server.ts";
import { writeReport } from "../report.ts";
import { problem, UNKNOWN_ID } from "./fixtures.ts";
import { openOrganization, type Organization } from "./open-organization.ts";
import { clientOf, type OrganizationClient, WEBHOOKS } from "./organization-client.ts";

let world: TestServer;
let organization: Organization;
let send: OrganizationClient;
beforeAll(async () => {
  world = await startTestServer();
  organization = await openOrganization(world);
  send = clientOf(organization);
});
afterAll(async () => {
  writeReport();
  await world[Symbol.asyncDispose]();
});

const URL = { url: "https://example.com/hook" };
const create = () => send({ method: "POST", path: WEBHOOKS, body: URL });
const ask = (operation: Operation, id: string, token: string | null) =>
  send({
    method: operation.method,
    path: operation.path.replace("{id}", id),
    token,
    ...(operation.method === "PATCH" ? { body: { paused: true } } : {}),
    ...(operation.id === "createEndpoint" ? { body: URL } : {}),
  });

const named = (operations: readonly Operation[]) =>
  operations.map((operation) => ({ name: `${operation.method} ${operation.path}`, operation }));

test.each(named(OPERATIONS))("$name without credentials is 401, as the contract's sample", async ({ operation }) => {
  const { status, body, headers } = await ask(operation, UNKNOWN_ID, null);
  expect([status, body]).toEqual([401, problem(401, "missing_credentials", "Authentication required")]);
  expect(headers.get("www-authenticate")).toBe('Bearer realm="thesignup"');
});

test.each(named(OPERATIONS.filter(({ scope }) => scope !== null)))(
  "$name without its scope is 403 with the challenge",
  async ({ operation }) => {
    const others = OPERATIONS.flatMap(({ scope, needs }) => (scope === operation.scope || !needs ? [] : [needs]));
    const { token } = await organization.createKey(others);
    const { status, body, headers } = await ask(operation, UNKNOWN_ID, token);
    const detail = expect.stringContaining(String(operation.scope));
    expect([status, body]).toEqual([403, problem(403, "scope_required", "Forbidden", { detail })]);
    expect(headers.get("www-authenticate")).toBe(
      `Bearer realm="thesignup", error="insufficient_scope", scope="${operation.scope}"`,
    );
  },
);

test.each(named(OPERATIONS.filter(({ path }) => path.includes("{id}"))))(
  "$name of another organisation is 404",
  async ({ operation }) => {
    const other = await openOrganization(world);
    const theirs = await clientOf(other)({ method: "POST", path: WEBHOOKS, body: URL });
    expect((await ask(operation, theirs.body.id, organization.apiKey)).status).toBe(404);
  },
);

test("a key with the contract's write scope alone does every act of it", async () => {
  const scopes = ["endpoints:write", "deliveries:write", "secrets:write"] as const;
  const { token } = await organization.createKey(scopes);
  const { body: endpoint } = await create();
  for (const [id, status] of [
    ["createEndpoint", 201],
    ["updateEndpoint", 200],
    ["rotateSecret", 200],
    ["replayDelivery", 404],
    ["deleteEndpoint", 204],
  ] as const) {
    const operation = OPERATIONS.find((candidate) => candidate.id === id);
    if (operation === undefined) throw new Error(`there is no operation ${id}`);
    expect((await ask(operation, endpoint.id, token)).status, id).toBe(status);
  }
});

test.each([
  ["Basic dXNlcjpwYXNz", "malformed_credentials"],
  ["Bearer", "malformed_credentials"],
  ["Bearer two words", "malformed_credentials"],
  ["sgn_live_a2f9_8e7d4c1b6a59f8e3d7c2b1a09f8e7d6c5", "malformed_credentials"],
  ["Bearer sgn_live_a2f9_8e7d4c1b6a59f8e3d7c2b1a09f8e7d6c5", "invalid_credentials"],
  ["Bearer oat_anything", "invalid_credentials"],
])("%s is %s", async (authorization, code) => {
  const { status, body } = await send({ method: "GET", path: WEBHOOKS, token: null, headers: { authorization } });
  expect([status, body]).toEqual([401, problem(401, code, "Authentication required")]);
});

test("a key has the contract's form; revoked or expired it is refused from the next request on", async () => {
  const statusAndCode = async (token: string) => {
    const { status, body } = await send({ method: "GET", path: WEBHOOKS, token });
    return [status, body.code];
  };
  const { id, token } = await organization.createKey();
  const [, prefix, secret = ""] = /^sgn_live_([0-9A-Za-z]{4})_([0-9A-Za-z]{49})$/.exec(token) ?? [];
  expect(secret.slice(0, 4)).toBe(prefix);
  expect(await statusAndCode(token)).toEqual([200, undefined]);
  await world.client().delete(`${organization.path}/api-keys/${id}`);
  expect(await statusAndCode(token)).toEqual([401, "revoked_credentials"]);

  const end = new Date(world.clock.nowMs() + 1000).toISOString();
  const short = await organization.createKey(undefined, end);
  expect(await statusAndCode(short.token)).toEqual([200, undefined]);
  world.clock.advance(1000);
  expect(await statusAndCode(short.token)).toEqual([401, "invalid_credentials"]);
  expect(await statusAndCode(world.rootKey)).toEqual([401, "invalid_credentials"]);
  const rows = await world.database.query({ name: "all-keys", text: "select * from api_keys" }, []);
  expect(JSON.stringify(rows)).not.toContain(secret);
});

test("a user's access token is one too, and says who it is", async () => {
  const root = world.client();
  const user = { number: 3, role: "developer", email: "ada@example.com", name: "Ada", password: "a long password" };
  expect((await root.post(`${organization.path}/users`, user)).status).toBe(201);
  const login = { tenant: organization.tenant, email: user.email, password: user.password };
  const { body: session } = await world.client(null).post("/v1/sessions", login);
  const { body } = await send({ method: "GET", path: "/api/v1/me", token: session.accessToken });
  expect(body).toMatchObject({ name: "Ada", email: "ada@example.com", organization: { tier: "org" } });
  expect((await send({ method: "GET", path: WEBHOOKS, token: session.accessToken })).status).toBe(200);
});

test("where the organisation has not switched the contract on, nothing is there", async () => {
  const other = await openOrganization(world);
  await world.client().delete(`${other.path}/dialects/thesignup`);
  const { status, body } = await clientOf(other)({ method: "GET", path: WEBHOOKS });
  expect([status, body.code]).toEqual([404, "not_found"]);
});

describe("tiers", () => {
  test.each([
    ["free", 1, "pro"],
    ["pro", 10, "org"],
    ["org", 100, null],
  ] as const)(
    "%s has %i endpoints of the contract's own, however many ask at once",
    async (tier, cap, requiredTier) => {
      const limited = await openOrganization(world, { tier });
      const ours = clientOf(limited);
      // Of another profile: not counted.
      await world.client().post(`${limited.path}/endpoints`, URL);
      const ask = () => ours({ method: "POST", path: WEBHOOKS, body: URL });
      for (let count = 1; count < cap; count += 1) expect((await ask()).status).toBe(201);
      const [one, other] = (await Promise.all([ask(), ask()])).toSorted((a, b) => a.status - b.status);
      expect(one?.status).toBe(201);
      expect([other?.status, other?.body]).toEqual([
        402,
        problem(402, "upgrade_required", "Upgrade required", {
          detail: expect.any(String),
          cause: { kind: "tier_limit", featureLabel: "Webhook endpoints", currentTier: tier, requiredTier },
        }),
      ]);
      await ours({ method: "DELETE", path: `${WEBHOOKS}/${one?.body.id}` });
      expect((await ask()).status).toBe(201);
    },
  );
});

test("a budget is told by every answer; spent, every operation is 429 until the minute is over", async () => {
  const limited = await openOrganization(world, { tier: "free" });
  const list = () => clientOf(limited)({ method: "GET", path: WEBHOOKS });
  for (let count = 1; count <= 60; count += 1) {
    const { status, headers } = await list();
    const told = ["limit", "remaining"].map((name) => headers.get(`x-ratelimit-${name}`));
    expect([status, ...told]).toEqual([200, "60", String(60 - count)]);
  }
  for (const operation of OPERATIONS) {
    const { status, body, headers } = await ask(operation, UNKNOWN_ID, limited.apiKey);
    const detail = expect.any(String);
    expect([status, body]).toEqual([429, problem(429, "rate_limited", "Rate limited", { detail })]);
    expect(headers.get("retry-after")).toBe("60");
    expect(Number(headers.get("x-ratelimit-reset"))).toBe(Math.ceil(world.clock.nowMs() / 1000) + 60);
  }
  // Another key of the same organisation has its own.
  const { token } = await limited.createKey();
  expect((await send({ method: "GET", path: WEBHOOKS, token })).status).toBe(200);
  world.clock.advance(60_000);
  expect((await list()).status).toBe(200);
});
