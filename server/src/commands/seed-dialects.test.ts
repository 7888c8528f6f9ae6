import { expect, test } from "vitest";

import { signJwt } from "../../test/conformance/selfcommunity/open-community.ts";
import { programOf } from "../../test/support/device-program.ts";
import { startTestServer } from "../../test/support/start-server.ts";
import { DEV_TENANT } from "../config.ts";
import { createToken } from "../core/access/api-key-token.ts";
import { seedDev } from "./seed-dev.ts";
import { type DevDialects, seedDialects } from "./seed-dialects.ts";

test("what is told works at once, and is the same at the next start", async () => {
  await using world = await startTestServer({ config: { defaultTenant: DEV_TENANT } });
  const { context } = world.server;
  const apiKey = createToken();
  const start = async () => seedDialects(context, { tenantId: await seedDev(context, apiKey), secret: "kept" });
  const { selfcommunity, ...others } = await start();
  expect(await start()).toEqual({ selfcommunity, ...others });
  expect(selfcommunity).toMatchObject({ adminUserId: 1, memberUserId: 2 });

  const iat = Math.floor(world.clock.nowMs() / 1000);
  const statusAs = async (user: unknown) => {
    const claims = { token_type: "access", user_id: user, jti: "1", iat, exp: iat + 60 };
    const headers = { authorization: `Bearer ${signJwt(claims, selfcommunity.jwtSecret)}` };
    return (await fetch(new URL("/api/v2/webhook/endpoint/", world.server.url), { headers })).status;
  };
  expect([await statusAs(1), await statusAs("7"), await statusAs(2), await statusAs(3)]).toEqual([200, 200, 403, 401]);

  await expectThesignup(world.server.url, others.thesignup);
  await expectVelt(world.server.url, others.velt);
});

async function expectThesignup(url: string, { apiKey, login }: DevDialects["thesignup"]): Promise<void> {
  expect(apiKey).toMatch(/^sgn_live_[0-9A-Za-z]{4}_[0-9A-Za-z]{49}$/);
  const ask = async (path: string) => {
    const answer = await fetch(new URL(path, url), { headers: { authorization: `Bearer ${apiKey}` } });
    return (await answer.json()) as object;
  };
  expect(await ask("/api/v1/me")).toMatchObject({ organization: { slug: DEV_TENANT, tier: "org" } });
  expect(await ask("/api/v1/webhooks")).toEqual({ data: [], webhooks: [] });
  const program = programOf({ baseUrl: url, clientId: "cli_thesignup_official" });
  const begun = await program.begin();
  expect((await program.approve(begun.user_code, login)).status).toBe(200);
  expect((await program.poll(begun.device_code)).body).toMatchObject({ scope: "webhooks:read webhooks:write" });
}

async function expectVelt(url: string, velt: DevDialects["velt"]): Promise<void> {
  const call = async (path: string, headers: Record<string, string>, data = {}) =>
    (await fetch(new URL(path, url), { method: "POST", headers, body: JSON.stringify({ data }) })).json();
  const ofTheWorkspace = {
    "x-velt-workspace-id": velt.workspaceId,
    "x-velt-workspace-auth-token": velt.workspaceAuthToken,
  };
  const authTokens = [{ token: velt.authToken, name: "Default Auth Token", domains: [] }];
  const shown = await call("/v2/workspace/authtokens/get", ofTheWorkspace, { apiKey: velt.apiKey });
  expect(shown).toMatchObject({ result: { data: { apiKey: velt.apiKey, authTokens } } });
  const ofTheKey = { "x-velt-api-key": velt.apiKey, "x-velt-auth-token": velt.authToken };
  expect(await call("/v2/workspace/advancedwebhookconfig/get", ofTheKey)).toMatchObject({
    result: { data: { isEnabled: false } },
  });
}
