/**
 * What programs ask: to begin a device login (RFC 8628, 3.1), for tokens (3.4; RFC 6749, 6), and to end what they got
 * (RFC 7009). They are public clients: a client_id says which program it is and proves nothing.
 */
import type { Context } from "hono";

import { beginDeviceLogin } from "../../core/device-logins/begin-device-login.ts";
import type { PollSaying } from "../../core/device-logins/decide-device-login.ts";
import { findLoginClient, type LoginClient, toScopeText } from "../../core/device-logins/login-clients.ts";
import { type ClientTokens, pollDeviceLogin } from "../../core/device-logins/poll-device-login.ts";
import { CoreError } from "../../core/errors/core-error.ts";
import { refreshSession } from "../../core/sessions/refresh-session.ts";
import { revokeToken } from "../../core/sessions/revoke-token.ts";
import type { OAuthCode } from "./errors.ts";
import { answerCode, TOKEN_HEADERS } from "./oauth-answers.ts";
import type { OAuthApp, OAuthEnv, OAuthServices } from "./oauth-env.ts";
import { parameter } from "./read-form.ts";

const DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code";
const REFRESH_GRANT = "refresh_token";
/** Where a person goes with the user code. */
export const DEVICE_PATH = "/device";

const SAYINGS: Readonly<Record<Exclude<PollSaying, "tokens">, string>> = {
  authorization_pending: "Nobody has decided yet.",
  slow_down: "This came too early: wait five seconds longer from now on.",
  access_denied: "The login was denied.",
  expired_token: "The time of the login is over. Begin another.",
  invalid_grant: "The device code is unknown, was spent, or is another program's.",
};

export function registerTokenRoutes(app: OAuthApp, { context, publicUrl }: OAuthServices): void {
  app.post("/oauth/device_authorization", async (c) => {
    const { form, origin } = c.var;
    const scope = form.get("scope") ?? "";
    const begun = await beginDeviceLogin({ context, origin, client: readClient(form), scope });
    const page = (publicUrl ?? new URL(c.req.url).origin).replace(/\/$/, "") + DEVICE_PATH;
    const answer = {
      device_code: begun.deviceCode,
      user_code: begun.userCode,
      verification_uri: page,
      verification_uri_complete: `${page}?user_code=${begun.userCode}`,
      expires_in: begun.expiresInSeconds,
      interval: begun.intervalSeconds,
    };
    return c.json(answer, 200, TOKEN_HEADERS);
  });

  app.post("/oauth/token", async (c) => {
    const { form, origin } = c.var;
    const client = readClient(form);
    const grantType = parameter(form, "grant_type");
    if (grantType === REFRESH_GRANT) {
      const refreshToken = parameter(form, "refresh_token");
      const pair = await refreshSession({ context, origin, refreshToken, clientId: client.id });
      return answerTokens(c, { ...pair, scope: toScopeText(client, pair.scopes ?? [], true) });
    }
    if (grantType !== DEVICE_GRANT) throw mistake("unsupported_grant_type", "There is no such grant type here.");
    const poll = await pollDeviceLogin({ context, origin, client, deviceCode: parameter(form, "device_code") });
    if (poll.says !== "tokens") return answerCode(c, { code: poll.says, message: SAYINGS[poll.says] });
    const { tenant, ...tokens } = poll.tokens;
    // Whoever speaks our own API names the tenant in each path.
    return answerTokens(c, tokens, client.dialect === null ? { tenant } : {});
  });

  app.post("/oauth/revoke", async (c) => {
    const { form, origin } = c.var;
    const { id: clientId } = readClient(form);
    const said = await revokeToken({ context, origin, clientId, token: parameter(form, "token") });
    if (said === "foreign") throw mistake("invalid_grant", "This token is another program's.");
    return c.body(null, 200);
  });

  function answerTokens(c: Context<OAuthEnv>, tokens: Omit<ClientTokens, "tenant">, more: object = {}): Response {
    const { accessToken, accessExpiresAt, refreshToken, scope } = tokens;
    const answer = {
      access_token: accessToken,
      token_type: "Bearer",
      expires_in: Math.floor((accessExpiresAt.getTime() - context.clock.nowMs()) / 1000),
      ...(refreshToken === null ? {} : { refresh_token: refreshToken }),
      scope,
      ...more,
    };
    return c.json(answer, 200, TOKEN_HEADERS);
  }
}

function readClient(form: ReadonlyMap<string, string>): LoginClient {
  const client = findLoginClient(parameter(form, "client_id"));
  if (client === null) throw mistake("invalid_client", "There is no program with this client_id.");
  return client;
}

function mistake(code: OAuthCode, message: string): CoreError {
  return new CoreError("validation_failed", message, { problems: [{ path: "", code, message }] });
}
