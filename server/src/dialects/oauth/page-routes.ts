/**
 * The approval page (RFC 8628, 3.3): a form for the code and a login, then the decision. No cookie and no session: the
 * first form carries the password, the second the proof that it was right.
 */
import type { Context } from "hono";

import { answerDeviceLogin, type DeviceLoginDecision } from "../../core/device-logins/answer-device-login.ts";
import type { DecisionSaying } from "../../core/device-logins/decide-device-login.ts";
import { PROOF_CHARACTERS_MAX } from "../../core/device-logins/decision-proof.ts";
import { USER_CODE_CHARACTERS_MAX } from "../../core/device-logins/login-codes.ts";
import { openDeviceLogin } from "../../core/device-logins/open-device-login.ts";
import { CoreError } from "../../core/errors/core-error.ts";
import { type Refusal, toRefusal } from "./errors.ts";
import type { OAuthApp, OAuthEnv, OAuthServices } from "./oauth-env.ts";
import { codePage, decisionPage, lastPage } from "./pages.ts";
import { parameter } from "./read-form.ts";
import { DEVICE_PATH } from "./token-routes.ts";

const TENANT_CHARACTERS_MAX = 256;
const EMAIL_CHARACTERS_MAX = 254;

export function registerPageRoutes(app: OAuthApp, { context, defaultTenant }: OAuthServices): void {
  app.get(DEVICE_PATH, (c) => {
    const userCode = (c.req.query("user_code") ?? "").slice(0, USER_CODE_CHARACTERS_MAX);
    return c.html(codePage({ userCode, tenant: defaultTenant ?? "", email: "", mistake: null }), 200);
  });

  app.post(DEVICE_PATH, async (c) => {
    const { form, origin } = c.var;
    try {
      const input = {
        userCode: parameter(form, "user_code", USER_CODE_CHARACTERS_MAX),
        tenant: parameter(form, "tenant", TENANT_CHARACTERS_MAX),
        email: parameter(form, "email", EMAIL_CHARACTERS_MAX),
        password: parameter(form, "password"),
      };
      return await c.html(decisionPage(await openDeviceLogin({ context, origin, input })), 200);
    } catch (error) {
      const refusal = toRefusal(error);
      if (refusal.isFault) throw error;
      const typed = (name: string, charactersMax: number) => (form.get(name) ?? "").slice(0, charactersMax);
      const again = {
        userCode: typed("user_code", USER_CODE_CHARACTERS_MAX),
        tenant: typed("tenant", TENANT_CHARACTERS_MAX),
        email: typed("email", EMAIL_CHARACTERS_MAX),
        mistake: refusal.message,
      };
      return c.html(codePage(again), refusal.status, refusal.headers);
    }
  });

  app.post(`${DEVICE_PATH}/decision`, async (c) => {
    const { form, origin } = c.var;
    const decision = readDecision(parameter(form, "decision"));
    const proof = parameter(form, "proof", PROOF_CHARACTERS_MAX);
    const said = await answerDeviceLogin({ context, origin, proof, decision });
    const [status, title, text] = toLastPage(said, decision);
    return c.html(lastPage({ title, text }), status);
  });
}

/** What a person sees where the page itself cannot answer. */
export function answerPageRefusal(
  c: Context<OAuthEnv>,
  { status, message, headers }: Refusal,
): Response | Promise<Response> {
  return c.html(lastPage({ title: "This did not work", text: message }), status, headers);
}

function readDecision(text: string): DeviceLoginDecision {
  if (text === "approve" || text === "deny") return text;
  throw new CoreError("validation_failed", "A login is approved or denied.");
}

function toLastPage(said: DecisionSaying, decision: DeviceLoginDecision): [200 | 409 | 410, string, string] {
  switch (said) {
    case "done":
      return decision === "approve"
        ? [200, "Approved", "Your device is logged in within seconds. You can close this page."]
        : [200, "Denied", "The program gets no access. You can close this page."];
    case "answered":
      return [409, "Decided before", "Somebody has decided this login already."];
    case "over":
      return [410, "Too late", "The time of this login is over. Begin another on your device."];
  }
}
