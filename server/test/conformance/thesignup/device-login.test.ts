/** How the contract's command line logs in, renews and logs out (section 2.1), with the parameters that it sends. */
import * as oauth from "oauth4webapi";
import { afterAll, beforeAll, expect, test } from "vitest";

import { programOf } from "../../support/device-program.ts";
import { startTestServer, type TestServer } from "../../support/start-server.ts";
import { noteAnswer, writeReport } from "../report.ts";
import { openOrganization, type Organization } from "./open-organization.ts";
import { clientOf, WEBHOOKS } from "./organization-client.ts";

const SCOPE =
  "signups:read signups:write participants:read participants:write webhooks:read webhooks:write analytics:read " +
  "ai:draft offline_access";
const BUDGET = 600;
const PASSWORD = "correct horse battery";

let world: TestServer;
let organization: Organization;
beforeAll(async () => {
  world = await startTestServer({ config: { trustedProxies: ["127.0.0.0/8"] } });
  organization = await openOrganization(world);
  const user = { email: "ada@example.com", name: "Ada", role: "developer", password: PASSWORD };
  expect((await world.client().post(`${organization.path}/users`, user)).status).toBe(201);
});
afterAll(async () => {
  writeReport();
  await world[Symbol.asyncDispose]();
});

function cli({ clientId = "cli_thesignup_official", address = "192.0.2.1" } = {}) {
  return programOf({
    baseUrl: organization.baseUrl,
    clientId,
    address,
    onAnswer: ({ method, path, status }) =>
      noteAnswer({ dialect: "thesignup", operation: `${method} ${path}`, status }),
  });
}

test("login, me, every kind of call, refresh and logout", async () => {
  const program = cli();
  const begun = await program.begin(SCOPE);
  expect(begun).toMatchObject({ expires_in: expect.any(Number), interval: 5 });
  expect(new URL(begun.verification_uri_complete).origin).toBe(new URL(organization.baseUrl).origin);
  expect((await program.poll(begun.device_code)).body).toMatchObject({ error: "authorization_pending" });
  expect((await program.poll(begun.device_code)).body).toMatchObject({ error: "slow_down" });
  const person = { tenant: organization.tenant, email: "ada@example.com", password: PASSWORD };
  expect((await program.approve(begun.user_code, person)).status).toBe(200);
  const { body: tokens } = await program.poll(begun.device_code);
  expect(tokens).toMatchObject({ token_type: "Bearer", scope: "webhooks:read webhooks:write offline_access" });

  const send = clientOf({ ...organization, apiKey: tokens.access_token });
  const me = await send({ method: "GET", path: "/api/v1/me" });
  expect(me.body).toMatchObject({ name: "Ada", email: "ada@example.com", organization: { slug: organization.tenant } });
  const made = await send({ method: "POST", path: WEBHOOKS, body: { url: "https://example.com/hook" } });
  expect(made.status).toBe(201);
  expect((await send({ method: "POST", path: `${WEBHOOKS}/${made.body.id}/rotate` })).status).toBe(200);
  expect((await send({ method: "GET", path: WEBHOOKS })).body.data).toHaveLength(1);

  const renewed = await program.refresh(tokens.refresh_token);
  expect(renewed.status).toBe(200);
  expect((await program.revoke(renewed.body.refresh_token)).text).toBe("");
  const after = await send({ method: "GET", path: WEBHOOKS, token: renewed.body.access_token });
  expect([after.status, after.body.code]).toEqual([401, "revoked_credentials"]);
});

test("a client library that others wrote goes the whole way", async () => {
  const { baseUrl: issuer, tenant } = organization;
  const server = {
    issuer,
    device_authorization_endpoint: `${issuer}/oauth/device_authorization`,
    token_endpoint: `${issuer}/oauth/token`,
    revocation_endpoint: `${issuer}/oauth/revoke`,
  };
  const client = { client_id: "cli_thesignup_official" };
  const none = oauth.None();
  const overHttp = { [oauth.allowInsecureRequests]: true };
  const asked = await oauth.deviceAuthorizationRequest(server, client, none, { scope: SCOPE }, overHttp);
  const begun = await oauth.processDeviceAuthorizationResponse(server, client, asked);
  const poll = async () => {
    const answer = await oauth.deviceCodeGrantRequest(server, client, none, begun.device_code, overHttp);
    return oauth.processDeviceCodeResponse(server, client, answer);
  };
  await expect(poll()).rejects.toMatchObject({ error: "authorization_pending", status: 400 });
  await expect(poll()).rejects.toMatchObject({ error: "slow_down", status: 400 });
  await cli().approve(begun.user_code, { tenant, email: "ada@example.com", password: PASSWORD });
  const tokens = await poll();
  const spent = await oauth.refreshTokenGrantRequest(server, client, none, tokens.refresh_token ?? "", overHttp);
  const next = await oauth.processRefreshTokenResponse(server, client, spent);
  expect(next).toMatchObject({ token_type: "bearer", scope: "webhooks:read webhooks:write offline_access" });
  await oauth.processRevocationResponse(
    await oauth.revocationRequest(server, client, none, next.refresh_token ?? "", overHttp),
  );
  await expect(poll()).rejects.toMatchObject({ error: "invalid_grant" });
});

test("a token with the read scope alone writes nothing, and is told by the challenge that the client knows", async () => {
  const program = cli();
  const begun = await program.begin("webhooks:read");
  const person = { tenant: organization.tenant, email: "ada@example.com", password: PASSWORD };
  await program.approve(begun.user_code, person);
  const { body: tokens } = await program.poll(begun.device_code);
  const send = clientOf({ ...organization, apiKey: tokens.access_token });
  expect((await send({ method: "GET", path: WEBHOOKS })).status).toBe(200);
  const refused = await send({ method: "POST", path: WEBHOOKS, body: { url: "https://example.com/hook" } });
  expect([refused.status, refused.body.code]).toEqual([403, "scope_required"]);
  expect(refused.headers.get("www-authenticate")).toContain('error="insufficient_scope"');
});

test("mistakes are 400 with the codes of OAuth", async () => {
  const unknown = cli({ clientId: "somebody" });
  expect((await unknown.tryBegin()).body).toMatchObject({ error: "invalid_client" });
  expect((await unknown.revoke("oat_anything")).body).toMatchObject({ error: "invalid_client" });
  expect((await cli().poll("unknown")).body).toMatchObject({ error: "invalid_grant" });
});

test("an address that asks without end is 429 until the minute is over", async () => {
  const program = cli({ address: "192.0.2.99" });
  for (let count = 0; count < BUDGET; count += 20) {
    await Promise.all(Array.from({ length: 20 }, () => program.revoke("oat_anything")));
  }
  const refused = [await program.tryBegin(), await program.poll("phd_"), await program.revoke("oat_anything")];
  for (const { status, headers } of refused) expect([status, headers.get("retry-after")]).toEqual([429, "60"]);
  world.clock.advance(60_000);
  expect((await program.tryBegin()).status).toBe(200);
});
