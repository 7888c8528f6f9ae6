/** `posthorn logout`: revokes a login and takes it out of the file, also where the server is not there to be told. */
import { parseArgs } from "node:util";

import { credentialsFile, readLoginUrl } from "../../config.ts";
import { changeLogins } from "./credentials.ts";
import { revokeLogin } from "./oauth-client.ts";

/** Exit code 1: there is no such login, or the server could not be told. Throws ConfigError. */
export async function runLogout(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({ args: [...args], options: { url: { type: "string" }, port: { type: "string" } } });
  const named = values.url ?? values.port;
  const url = named === undefined ? null : readLoginUrl({ url: values.url, port: values.port });
  const login = await changeLogins(credentialsFile(), async (logins) => {
    const found = url === null ? logins.at(-1) : logins.find((each) => each.url === url);
    return { logins: found === undefined ? logins : logins.filter((each) => each !== found), result: found ?? null };
  });
  if (login === null) return refuse("There is no login. See posthorn login.");
  const revoked = await revokeLogin(login).catch(() => null);
  if (revoked?.ok !== true) {
    return refuse(`Forgot the login at ${login.url}, but the server could not be told. It ends within 30 days.`);
  }
  process.stdout.write(`Logged out of ${login.url}.\n`);
  return 0;
}

function refuse(why: string): number {
  process.stderr.write(`posthorn: ${why}\n`);
  return 1;
}
