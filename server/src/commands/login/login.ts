/**
 * `posthorn login`: asks a server for access, prints where somebody has to approve it, and keeps what it gets for the
 * other commands. Tokens are sent back in every request, so none is asked for over a line that others can read.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";

import { credentialsFile, readLoginUrl } from "../../config.ts";
import { changeLogins, type StoredLogin } from "./credentials.ts";
import { type BegunLogin, beginLogin, revokeLogin, type Tokens } from "./oauth-client.ts";
import { waitForApproval } from "./wait-for-approval.ts";

/** Exit code 1: denied, over, refused, or there is no server. Throws ConfigError. */
export async function runLogin(
  args: readonly string[],
  wait: (seconds: number) => Promise<unknown> = (seconds) => sleep(seconds * 1000),
): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      url: { type: "string" },
      port: { type: "string" },
      scope: { type: "string", default: "" },
      json: { type: "boolean", default: false },
    },
  });
  const url = readLoginUrl({ url: values.url, port: values.port });
  const file = credentialsFile();
  // Before anybody approves anything: a file that cannot be written is found now.
  await changeLogins(file, async (logins) => ({ logins, result: null }));
  const scope = values.scope === "" ? "" : `${values.scope} offline_access`;
  const begun = await beginLogin(url, scope);
  if (!begun.ok) return refuse(begun.description);
  say(values.json ? toJson(begun.value) : toText(begun.value));

  const approval = await waitForApproval(url, begun.value, async (seconds) => void (await wait(seconds)));
  if (!approval.ok) return refuse(approval.why);
  const login = toLogin(url, approval.tokens);
  const replaced = await changeLogins(file, async (logins) => ({
    logins: [...logins.filter((each) => each.url !== url), login],
    result: logins.find((each) => each.url === url) ?? null,
  }));
  // Nobody has it any more; where this fails it ends by itself.
  if (replaced !== null) await revokeLogin(replaced).catch(() => {});
  const { tenant } = login;
  say(
    values.json ? JSON.stringify({ url, tenant, scope: login.scope, file }) : `Logged in to ${url}, tenant ${tenant}.`,
  );
  return 0;
}

function toText(begun: BegunLogin): string {
  return [
    `Open ${begun.verification_uri} in a browser and type the code ${begun.user_code}`,
    `or open ${begun.verification_uri_complete}`,
    "Waiting for you to approve it there…",
  ].join("\n");
}

function toJson(begun: BegunLogin): string {
  return JSON.stringify({
    verificationUri: begun.verification_uri,
    verificationUriComplete: begun.verification_uri_complete,
    userCode: begun.user_code,
    expiresInSeconds: begun.expires_in,
  });
}

function toLogin(url: string, tokens: Tokens): StoredLogin {
  if (tokens.tenant === undefined) throw new Error("The server did not say which tenant this login is for.");
  return {
    url,
    tenant: tokens.tenant,
    scope: tokens.scope,
    accessToken: tokens.access_token,
    accessExpiresAt: new Date(new Date().getTime() + tokens.expires_in * 1000),
    refreshToken: tokens.refresh_token,
  };
}

function refuse(why: string): number {
  process.stderr.write(`posthorn: ${why}\n`);
  return 1;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
