/** Device login as programs and people see it: forms over a real socket, on a real database. */
import { afterAll, beforeAll, expect, test } from "vitest";

import { deleteEndedDeviceLogins } from "../../db/queries/delete-ended-device-logins.ts";
import { type Program, programOf } from "../../../test/support/device-program.ts";
import { startTestServer, type TestServer } from "../../../test/support/start-server.ts";

const PASSWORD = "correct horse battery";
const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const THESIGNUP = "cli_thesignup_official";
const NATIVE = "posthorn_cli";
/** What the contract's client asks for. */
const LOGIN_SCOPE =
  "signups:read signups:write participants:read participants:write webhooks:read webhooks:write analytics:read " +
  "ai:draft offline_access";

let world: TestServer;
let second: TestServer;
let tenants = 0;
beforeAll(async () => {
  const config = { trustedProxies: ["127.0.0.0/8"] };
  world = await startTestServer({ config });
  // Another node on the same database.
  second = await startTestServer({ database: world.database, clock: world.clock, config });
});
afterAll(async () => {
  await second[Symbol.asyncDispose]();
  await world[Symbol.asyncDispose]();
});

/** A tenant with one user; programs and people come from an address of the test's own. */
async function setup({ role = "developer", dialect = true } = {}) {
  tenants += 1;
  const slug = `device-${tenants}`;
  const root = world.client();
  const path = `/v1/tenants/${slug}`;
  expect((await root.post("/v1/tenants", { name: slug, slug, tier: "org" })).status).toBe(201);
  if (dialect) await root.put(`${path}/dialects/thesignup`, {});
  const user = (await root.post(`${path}/users`, { email: "ada@example.com", role, password: PASSWORD })).body;
  const program = (clientId: string, at = world) =>
    programOf({ baseUrl: at.server.url, clientId, address: `192.0.2.${tenants}` });
  const person = { tenant: slug, email: "ada@example.com", password: PASSWORD };
  const actions = async (): Promise<string[]> =>
    (await root.get(`${path}/audit`)).body.data.map((row: { action: string }) => row.action);
  return { slug, path, root, user, program, person, actions };
}

async function tokensOf(program: Program, person: Parameters<Program["approve"]>[1], scope?: string) {
  const begun = await program.begin(scope);
  expect((await program.approve(begun.user_code, person)).status).toBe(200);
  const { status, body } = await program.poll(begun.device_code);
  expect(status, JSON.stringify(body)).toBe(200);
  return body;
}

test("a program of thesignup logs in: begin, wait, approve, tokens of the contract", async () => {
  const { program, person, actions, path, root, user } = await setup();
  const cli = program(THESIGNUP);
  const begun = await cli.begin(LOGIN_SCOPE);
  expect(begun).toEqual({
    device_code: expect.stringMatching(/^phd_[0-9A-Za-z]{49}$/),
    user_code: expect.stringMatching(/^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$/),
    verification_uri: `${world.server.url}/device`,
    verification_uri_complete: `${world.server.url}/device?user_code=${begun.user_code}`,
    expires_in: 900,
    interval: 5,
  });
  const waiting = await cli.poll(begun.device_code);
  expect([waiting.status, waiting.body.error]).toEqual([400, "authorization_pending"]);

  const { page, status } = await cli.open(begun.user_code.toLowerCase().replace("-", " "), person);
  expect(status).toBe(200);
  for (const shown of [
    begun.user_code,
    "thesignup command line",
    "webhooks:read, webhooks:write",
    "192.0.2.",
    "device-",
  ]) {
    expect(page).toContain(shown);
  }
  expect((await cli.approve(begun.user_code, person)).page).toContain("Approved");

  world.clock.advance(5 * SECOND_MS);
  const { headers, body } = await cli.poll(begun.device_code);
  expect([headers.get("cache-control"), headers.get("pragma")]).toEqual(["no-store", "no-cache"]);
  expect(body).toEqual({
    access_token: expect.stringMatching(/^pha_/),
    token_type: "Bearer",
    expires_in: 900,
    refresh_token: expect.stringMatching(/^phr_/),
    scope: "webhooks:read webhooks:write offline_access",
  });
  const client = world.client(body.access_token);
  const me = await client.get("/api/v1/me");
  expect([me.status, me.body.email]).toEqual([200, "ada@example.com"]);
  const made = await client.post("/api/v1/webhooks", { url: "https://example.com/hook" });
  expect(made.status).toBe(201);
  expect((await client.post(`/api/v1/webhooks/${made.body.id}/rotate`)).status).toBe(200);
  // What was not asked for is not there, though the role has it.
  expect((await client.get(`${path}/api-keys`)).body).toMatchObject({ code: "scope_required" });

  expect(await actions()).toEqual(expect.arrayContaining(["device_login.approve", "session.create"]));
  const [row] = (await root.get(`${path}/audit?action=device_login.approve`)).body.data;
  expect(row).toMatchObject({ actor: `user:${user.id}`, subject: `user:${user.id}`, address: expect.any(String) });
  expect(row.after).toMatchObject({ client: THESIGNUP, scope: "webhooks:read webhooks:write" });
});

test("a viewer gives what a viewer has; who has nothing of it cannot approve, but deny", async () => {
  const { program, person } = await setup({ role: "viewer" });
  expect((await tokensOf(program(THESIGNUP), person, LOGIN_SCOPE)).scope).toBe("webhooks:read offline_access");

  const cli = program(THESIGNUP);
  const begun = await cli.begin("webhooks:write");
  const { page, proof } = await cli.open(begun.user_code, person);
  expect(page).not.toContain('value="approve"');
  expect((await cli.decide(proof, "approve")).status).toBe(403);
  expect((await cli.decide(proof, "deny")).status).toBe(200);
  expect((await cli.poll(begun.device_code)).body.error).toBe("access_denied");
});

test("a tenant that does not speak the contract has nothing to give its program", async () => {
  const { program, person } = await setup({ dialect: false });
  const cli = program(THESIGNUP);
  const { user_code: code } = await cli.begin();
  expect((await cli.approve(code, person)).status).toBe(403);
});

test("without offline_access there is no refresh token, and the session ends with its access token", async () => {
  const { program, person } = await setup();
  const tokens = await tokensOf(program(THESIGNUP), person, "webhooks:read");
  expect(tokens).toMatchObject({ scope: "webhooks:read" });
  expect(tokens).not.toHaveProperty("refresh_token");
  const list = () => world.client(tokens.access_token).get("/api/v1/webhooks");
  expect((await list()).status).toBe(200);
  world.clock.advance(15 * MINUTE_MS);
  expect((await list()).status).toBe(401);
});

test("our own program gets its default scopes and the tenant's name, and a role that shrinks counts at once", async () => {
  const { program, person, slug, path, root, user } = await setup({ dialect: false });
  const tokens = await tokensOf(program(NATIVE), person);
  expect(tokens).toMatchObject({
    tenant: slug,
    scope: "events:publish events:read event-types:read endpoints:read deliveries:read offline_access",
  });
  const client = world.client(tokens.access_token);
  await root.put(`${path}/event-types/invoice.paid`);
  const publish = () => client.post(`${path}/events`, { type: "invoice.paid", data: {} });
  expect((await publish()).status).toBe(202);
  expect((await client.put(`${path}/event-types/a.b`)).body.detail).toContain("was not given");
  await root.patch(`${path}/users/${user.id}`, { role: "viewer" });
  expect((await publish()).status).toBe(403);
  expect((await client.get(`${path}/events`)).status).toBe(200);
});

test("of two polls at once on two nodes one gets tokens", async () => {
  const { program, person } = await setup();
  for (let round = 0; round < 3; round += 1) {
    const one = program(THESIGNUP);
    const begun = await one.begin(LOGIN_SCOPE);
    await one.approve(begun.user_code, person);
    const other = program(THESIGNUP, second);
    const polls = await Promise.all([one, other, one, other].map((each) => each.poll(begun.device_code)));
    expect(polls.map(({ body }) => body.error ?? "tokens").toSorted()).toEqual([
      "invalid_grant",
      "invalid_grant",
      "invalid_grant",
      "tokens",
    ]);
  }
});

test("of an approval and a denial at once one counts, and what it says is what the program gets", async () => {
  const { program, person } = await setup();
  const cli = program(THESIGNUP);
  const begun = await cli.begin(LOGIN_SCOPE);
  const [one, other] = [await cli.open(begun.user_code, person), await cli.open(begun.user_code, person)];
  const [approved, denied] = await Promise.all([cli.decide(one.proof, "approve"), cli.decide(other.proof, "deny")]);
  expect([approved.status, denied.status].toSorted()).toEqual([200, 409]);
  const { body } = await cli.poll(begun.device_code);
  expect(body.error ?? "tokens").toBe(approved.status === 200 ? "tokens" : "access_denied");
  expect((await cli.open(begun.user_code, person)).status).toBe(404);
});

test("a program that polls too fast is slowed down by five seconds each time", async () => {
  const { program } = await setup();
  const cli = program(THESIGNUP);
  const { device_code: code } = await cli.begin();
  const pollAfter = async (seconds: number) => {
    world.clock.advance(seconds * SECOND_MS);
    return (await cli.poll(code)).body.error;
  };
  expect(await pollAfter(0)).toBe("authorization_pending");
  expect(await pollAfter(5)).toBe("authorization_pending");
  expect(await pollAfter(2)).toBe("slow_down");
  expect(await pollAfter(5)).toBe("slow_down");
  expect(await pollAfter(15)).toBe("authorization_pending");
});

test("a login ends after 15 minutes, whether or not it was approved, and is forgotten an hour later", async () => {
  const { program, person } = await setup();
  const cli = program(THESIGNUP);
  const [waiting, approved, late] = [await cli.begin(), await cli.begin(), await cli.begin()];
  await cli.approve(approved.user_code, person);
  world.clock.advance(11 * MINUTE_MS);
  const { proof } = await cli.open(late.user_code, person);
  world.clock.advance(4 * MINUTE_MS);
  for (const { device_code: code } of [waiting, approved]) {
    expect((await cli.poll(code)).body.error).toBe("expired_token");
  }
  expect((await cli.decide(proof, "approve")).status).toBe(410);
  expect((await cli.open(waiting.user_code, person)).status).toBe(404);

  world.clock.advance(60 * MINUTE_MS);
  const run = () =>
    deleteEndedDeviceLogins(world.database, {
      endedBefore: new Date(world.clock.nowMs() - 60 * MINUTE_MS),
      limit: 1000,
    });
  expect(await run()).toBeGreaterThanOrEqual(3);
  expect((await cli.poll(waiting.device_code)).body.error).toBe("invalid_grant");
});

test("the proof of the second form ends after five minutes, with another password, and is good for nothing else", async () => {
  const { program, person, root, path, user } = await setup();
  const cli = program(THESIGNUP);
  const [one, other] = [await cli.begin(), await cli.begin()];
  const opened = await cli.open(one.user_code, person);
  world.clock.advance(5 * MINUTE_MS);
  expect((await cli.decide(opened.proof, "approve")).status).toBe(403);

  const { proof } = await cli.open(one.user_code, person);
  const theirs = await cli.open(other.user_code, person);
  const mixed = [...theirs.proof.split(".").slice(0, 4), proof.split(".").at(-1)].join(".");
  for (const forged of [mixed, "", "a.b.c.d.e", `${proof}A`]) {
    expect((await cli.decide(forged, "approve")).status).toBeGreaterThanOrEqual(400);
  }
  const second = "another horse battery";
  await root.patch(`${path}/users/${user.id}`, { password: second });
  expect((await cli.decide(proof, "approve")).status).toBe(403);
  expect((await cli.approve(one.user_code, { ...person, password: second })).status).toBe(200);
});

test.each([
  ["another password", { password: "another horse battery" }],
  ["disabling the user", { disabled: true }],
])("%s takes back an approval whose tokens nobody took", async (_name, change) => {
  const { program, person, root, path, user } = await setup();
  const cli = program(THESIGNUP);
  const begun = await cli.begin();
  await cli.approve(begun.user_code, person);
  expect((await root.patch(`${path}/users/${user.id}`, change)).status).toBe(200);
  expect((await cli.poll(begun.device_code)).body.error).toBe("access_denied");
});

test("a refresh token gives the next pair once, to its own program alone; used twice it ends the session", async () => {
  const { program, person, actions } = await setup();
  const cli = program(THESIGNUP);
  const first = await tokensOf(cli, person, LOGIN_SCOPE);
  expect((await program(NATIVE).refresh(first.refresh_token)).body.error).toBe("invalid_grant");
  const foreign = await world.client(null).post("/v1/sessions/refresh", { refreshToken: first.refresh_token });
  expect(foreign.status).toBe(401);

  const next = await cli.refresh(first.refresh_token);
  expect([next.status, next.body.scope]).toEqual([200, "webhooks:read webhooks:write offline_access"]);
  const list = (token: string) => world.client(token).get("/api/v1/webhooks");
  expect((await list(next.body.access_token)).status).toBe(200);
  expect((await cli.refresh(first.refresh_token)).body.error).toBe("invalid_grant");
  expect((await list(next.body.access_token)).body.code).toBe("revoked_credentials");
  expect(await actions()).toContain("session.refresh_reused");
});

test("a revoked token, of either kind, ends the session on every node; an unknown one is no mistake", async () => {
  const { program, person, actions } = await setup();
  const cli = program(THESIGNUP);
  const statusOf = async (token: string) => (await second.client(token).get("/api/v1/webhooks")).body.code;
  for (const kind of ["access_token", "refresh_token"] as const) {
    const tokens = await tokensOf(cli, person, LOGIN_SCOPE);
    expect((await program(NATIVE).revoke(tokens[kind])).body.error).toBe("invalid_grant");
    expect(await statusOf(tokens.access_token)).toBeUndefined();
    const revoked = await cli.revoke(tokens[kind]);
    expect([revoked.status, revoked.text]).toEqual([200, ""]);
    expect(await statusOf(tokens.access_token)).toBe("revoked_credentials");
    expect((await cli.refresh(tokens.refresh_token)).body.error).toBe("invalid_grant");
    expect((await cli.revoke(tokens[kind])).status).toBe(200);
  }
  for (const token of ["oat_anything", `pha_${"0".repeat(49)}`, world.rootKey]) {
    expect((await cli.revoke(token)).status).toBe(200);
  }
  expect((await actions()).filter((action) => action === "session.end")).toHaveLength(2);
});

test("tokens of a device login are no recent login, and end with every other session of the user", async () => {
  const { program, person, root, path, user } = await setup({ role: "admin" });
  const tokens = await tokensOf(program(NATIVE), person, "users:write users:read secrets:reveal");
  const mine = world.client(tokens.access_token);
  const refused = await mine.patch(`${path}/users/${user.id}`, { password: "another horse battery" });
  expect(refused.status).toBe(403);
  await root.patch(`${path}/users/${user.id}`, { password: "another horse battery" });
  expect((await mine.get(`${path}/users`)).status).toBe(401);
});

test("a login is of the tenant whose password was given", async () => {
  const [mine, theirs] = [await setup(), await setup()];
  const cli = mine.program(NATIVE);
  const { user_code: code } = await cli.begin();
  const other = { ...mine.person, tenant: theirs.slug, password: "not the password there" };
  expect((await cli.open(code, other)).status).toBe(403);
  const tokens = await tokensOf(cli, mine.person);
  expect((await world.client(tokens.access_token).get(`${theirs.path}/events`)).status).toBe(404);
});

test("wrong codes are refused after ten of one user, as wrong passwords are; a right one does not count", async () => {
  const { program, person } = await setup();
  const cli = program(THESIGNUP);
  const begun = await cli.begin();
  for (let guess = 0; guess < 9; guess += 1) expect((await cli.open("BBBB-BBBB", person)).status).toBe(404);
  expect((await cli.open(begun.user_code, person)).status).toBe(200);
  expect((await cli.open("no code", person)).status).toBe(404);
  const refused = await cli.open(begun.user_code, person);
  expect([refused.status, refused.headers.get("retry-after")]).toEqual([429, "900"]);
  world.clock.advance(15 * MINUTE_MS);
  const fresh = await cli.begin();
  for (let guess = 0; guess < 10; guess += 1) {
    expect((await cli.open(fresh.user_code, { ...person, password: "wrong" })).status).toBe(403);
  }
  expect((await cli.open(fresh.user_code, person)).status).toBe(429);
});

test("an address has twenty pending logins, until the first of them ends", async () => {
  const { program } = await setup();
  const cli = program(THESIGNUP);
  const answers = await Promise.all(Array.from({ length: 25 }, () => cli.tryBegin()));
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(20);
  expect(answers.find(({ status }) => status !== 200)).toMatchObject({ status: 429 });
  world.clock.advance(15 * MINUTE_MS);
  expect((await cli.tryBegin()).status).toBe(200);
});

test("where ten thousand are pending everybody is asked to come back, and nobody's poll is in the way", async () => {
  const { program } = await setup();
  const cli = program(THESIGNUP);
  const { device_code: code } = await cli.begin();
  const fill = `insert into device_logins (
      id, device_hash, user_code_mac, client_id, scopes_asked, network, created_at, expires_at, interval_seconds
    )
    select gen_random_uuid(), sha256(n::text::bytea), sha256(('code ' || n)::bytea), 'posthorn_cli', '{}', 'network ' || n,
      created_at, expires_at, 5
    from generate_series(1, 10000) n, (select created_at, expires_at from device_logins order by created_at desc limit 1) l`;
  await world.database.script(fill);
  const refused = await cli.tryBegin();
  expect([refused.status, refused.body.error]).toEqual([503, "temporarily_unavailable"]);
  expect(refused.headers.get("retry-after")).toBe("60");
  expect((await cli.poll(code)).body.error).toBe("authorization_pending");
  await world.database.script("delete from device_logins where network like 'network %'");
  expect((await cli.tryBegin()).status).toBe(200);
});

test("no code, token or password stands in the database", async () => {
  const { program, person } = await setup();
  const cli = program(THESIGNUP);
  const begun = await cli.begin(LOGIN_SCOPE);
  const { proof } = await cli.open(begun.user_code, person);
  await cli.decide(proof, "approve");
  const { body } = await cli.poll(begun.device_code);
  const secrets = [PASSWORD, proof, body.access_token, body.refresh_token, begun.device_code, begun.user_code];
  for (const table of ["device_logins", "sessions", "session_tokens", "audit_log", "password_checks"]) {
    const rows = await world.database.query<{ text: string }>(
      { name: `dump-${table}`, text: `select ${table}::text as text from ${table}` },
      [],
    );
    const dump = rows.map(({ text }) => text).join("\n");
    expect(dump.length, table).toBeGreaterThan(0);
    for (const secret of [...secrets, begun.user_code.replace("-", "")]) expect(dump.includes(secret)).toBe(false);
  }
});

test.each([
  ["device_authorization", { client_id: "somebody" }, "invalid_client"],
  ["device_authorization", { scope: "webhooks:read" }, "invalid_request"],
  ["device_authorization", { client_id: THESIGNUP, scope: "signups:read offline_access" }, "invalid_scope"],
  ["device_authorization", { client_id: THESIGNUP, scope: 'a"b' }, "invalid_scope"],
  ["device_authorization", { client_id: THESIGNUP, scope: "x".repeat(1025) }, "invalid_scope"],
  ["token", { client_id: THESIGNUP }, "invalid_request"],
  ["token", { client_id: THESIGNUP, grant_type: "password" }, "unsupported_grant_type"],
  ["token", { client_id: THESIGNUP, grant_type: "refresh_token", refresh_token: "phr_" }, "invalid_grant"],
  ["token", { client_id: THESIGNUP, grant_type: "refresh_token" }, "invalid_request"],
  ["revoke", { client_id: THESIGNUP }, "invalid_request"],
  ["nothing", { client_id: THESIGNUP }, "invalid_request"],
])("%s with %j is %s", async (endpoint, fields, error) => {
  const { program } = await setup();
  const { status, body, headers } = await program(THESIGNUP).post(`/oauth/${endpoint}`, fields);
  expect([status, body]).toEqual([400, { error, error_description: expect.stringMatching(/^[\x20-\x5b\x5d-\x7e]+$/) }]);
  expect(headers.get("cache-control")).toBe("no-store");
});

test.each([
  ["JSON", "application/json", "{}"],
  ["a parameter twice", "application/x-www-form-urlencoded", "client_id=a&client_id=b"],
  ["a null character", "application/x-www-form-urlencoded", "client_id=a%00"],
  ["nine kilobytes", "application/x-www-form-urlencoded", `client_id=${"a".repeat(9 * 1024)}`],
])("%s is invalid_request", async (_name, type, body) => {
  const url = new URL("/oauth/token", world.server.url);
  const answer = await fetch(url, { method: "POST", headers: { "content-type": type }, body });
  expect([answer.status, ((await answer.json()) as { error: string }).error]).toEqual([400, "invalid_request"]);
});

test("an address that asks without end is told to wait, in the form that each reader knows", async () => {
  const headers = { "x-forwarded-for": "198.51.100.200" };
  const get = () => fetch(new URL("/device", world.server.url), { headers });
  for (let count = 0; count < 600; count += 20) await Promise.all(Array.from({ length: 20 }, get));
  const [page, token] = [
    await get(),
    await fetch(new URL("/oauth/token", world.server.url), { method: "POST", headers }),
  ];
  expect([page.status, page.headers.get("content-type"), page.headers.get("retry-after")]).toEqual([
    429,
    expect.stringContaining("text/html"),
    "60",
  ]);
  expect([token.status, await token.json()]).toMatchObject([429, { error: "slow_down" }]);
});
