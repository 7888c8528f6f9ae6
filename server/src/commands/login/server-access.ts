/**
 * How a command shows a server who it is: by a key that it was given, or by the login that is kept for the server, whose
 * access token is renewed when it is about to end.
 */
import { type CommandServer, credentialsFile } from "../../config.ts";
import { changeLogins, readLogins, type StoredLogin } from "./credentials.ts";
import { refreshTokens, type Tokens } from "./oauth-client.ts";

export interface ServerAccess {
  readonly url: string;
  /** That of the login; null where a key was given. */
  readonly tenant: string | null;
  /** What follows `Bearer `. Throws LoginEndedError; a plain Error where the server cannot be asked to renew it. */
  readonly key: () => Promise<string>;
}

/** Nothing but another login helps. */
export class LoginEndedError extends Error {
  override readonly name = "LoginEndedError";
}

/** Longer than a request is on its way, with clocks that differ a little. */
const RENEW_BEFORE_END_MS = 60_000;

/** The servers that there are logins for, the newest last. */
export async function listLoginUrls(): Promise<readonly string[]> {
  return (await readLogins(credentialsFile())).map(({ url }) => url);
}

export async function openServerAccess({ url, key }: CommandServer): Promise<ServerAccess> {
  if (key !== null) return { url, tenant: null, key: async () => key };
  const file = credentialsFile();
  const login = (await readLogins(file)).find((each) => each.url === url);
  return { url, tenant: login?.tenant ?? null, key: () => freshToken(file, url) };
}

async function freshToken(file: string, url: string): Promise<string> {
  const known = (await readLogins(file)).find((each) => each.url === url);
  if (known !== undefined && isFresh(known)) return known.accessToken;
  const token = await changeLogins(file, async (logins) => {
    const login = logins.find((each) => each.url === url);
    // Renewed, or taken away, by another command meanwhile.
    if (login === undefined || isFresh(login)) return { logins, result: login?.accessToken ?? null };
    const others = logins.filter((each) => each !== login);
    const answer = await refreshTokens(url, login.refreshToken);
    if (!answer.ok && answer.error === "invalid_grant") return { logins: others, result: null };
    if (!answer.ok) throw new Error(`The login at ${url} could not be renewed: ${answer.description}`);
    const renewed = renew(login, answer.value);
    return { logins: [...others, renewed], result: renewed.accessToken };
  });
  if (token === null) throw new LoginEndedError(`The login at ${url} has ended. Log in again: posthorn login.`);
  return token;
}

function isFresh({ accessExpiresAt }: StoredLogin): boolean {
  return accessExpiresAt.getTime() - new Date().getTime() > RENEW_BEFORE_END_MS;
}

function renew(login: StoredLogin, tokens: Tokens): StoredLogin {
  return {
    ...login,
    accessToken: tokens.access_token,
    accessExpiresAt: new Date(new Date().getTime() + tokens.expires_in * 1000),
    refreshToken: tokens.refresh_token,
    scope: tokens.scope,
  };
}
