/**
 * The programs that may begin a device login, and what the scopes they ask for are among ours. A program's scope is
 * given wholly or not at all: the person who approves sees names, and each means one thing.
 */
import { type Scope, SCOPES } from "../access/scopes.ts";
import type { DialectName } from "../dialects/dialect.ts";
import { CoreError } from "../errors/core-error.ts";

export interface LoginClient {
  readonly id: string;
  /** For the person who approves. */
  readonly name: string;
  /** The contract that the program speaks; null: our own, which every tenant does. */
  readonly dialect: DialectName | null;
  /** By each scope of the program those of ours that it stands for. */
  readonly scopes: ReadonlyMap<string, readonly Scope[]>;
  /** What it means when it names none. */
  readonly defaultScopes: readonly string[];
}

/** Asks for a refresh token (OpenID Connect Core 1.0, section 11). */
export const OFFLINE_ACCESS = "offline_access";

const POSTHORN_CLI: LoginClient = {
  id: "posthorn_cli",
  name: "the posthorn command line",
  dialect: null,
  scopes: new Map(SCOPES.map((scope) => [scope, [scope]])),
  defaultScopes: [
    "events:publish",
    "events:read",
    "event-types:read",
    "endpoints:read",
    "deliveries:read",
    OFFLINE_ACCESS,
  ],
};

const THESIGNUP_CLI: LoginClient = {
  id: "cli_thesignup_official",
  name: "the thesignup command line",
  dialect: "thesignup",
  scopes: new Map<string, readonly Scope[]>([
    ["webhooks:read", ["endpoints:read", "deliveries:read", "events:read"]],
    ["webhooks:write", ["endpoints:write", "deliveries:write", "secrets:write"]],
  ]),
  defaultScopes: ["webhooks:read", "webhooks:write"],
};

const CLIENTS: ReadonlyMap<string, LoginClient> = new Map(
  [POSTHORN_CLI, THESIGNUP_CLI].map((client) => [client.id, client]),
);

const SCOPE_CHARACTERS_MAX = 1024;
const SCOPES_MAX = 64;
/** RFC 6749, 3.3. */
const SCOPE_TOKEN = /^[\x21\x23-\x5b\x5d-\x7e]+$/;

/** Null when there is no such program. */
export function findLoginClient(id: string): LoginClient | null {
  return CLIENTS.get(id) ?? null;
}

/** The program of a login or session that is stored. */
export function getLoginClient(id: string): LoginClient {
  const client = CLIENTS.get(id);
  if (client === undefined) throw new Error(`there is no program ${id}`);
  return client;
}

/**
 * What the program may be given of what it asks for, each once, in the order of its table. Throws `validation_failed`
 * with the code `invalid_scope` where the text is malformed or nothing of use is left.
 */
export function readAskedScopes(client: LoginClient, text: string): string[] {
  const names = text === "" ? client.defaultScopes : text.split(" ").filter((name) => name !== "");
  const isWellFormed = text.length <= SCOPE_CHARACTERS_MAX && names.every((name) => SCOPE_TOKEN.test(name));
  if (!isWellFormed || names.length > SCOPES_MAX) throw invalidScope("The scope is not a list of names.");
  const asked = [...client.scopes.keys()].filter((name) => names.includes(name));
  if (asked.length === 0) {
    throw invalidScope(
      `Nothing that can be given here was asked for. There is: ${[...client.scopes.keys()].join(" ")}.`,
    );
  }
  return names.includes(OFFLINE_ACCESS) ? [...asked, OFFLINE_ACCESS] : asked;
}

/** The part of what was asked that somebody who holds `held` can give: names of the program's, and what they are. */
export function grantable(
  client: LoginClient,
  { asked, held }: { readonly asked: readonly string[]; readonly held: readonly Scope[] },
): { readonly names: readonly string[]; readonly scopes: readonly Scope[] } {
  const given = [...client.scopes].filter(
    ([name, scopes]) => asked.includes(name) && scopes.every((scope) => held.includes(scope)),
  );
  return { names: given.map(([name]) => name), scopes: [...new Set(given.flatMap(([, scopes]) => scopes))] };
}

/** The `scope` of an answer with tokens (RFC 6749, 5.1). */
export function toScopeText(client: LoginClient, scopes: readonly Scope[], isOffline: boolean): string {
  const { names } = grantable(client, { asked: [...client.scopes.keys()], held: scopes });
  return (isOffline ? [...names, OFFLINE_ACCESS] : names).join(" ");
}

function invalidScope(message: string): CoreError {
  return new CoreError("validation_failed", message, {
    problems: [{ path: "/scope", code: "invalid_scope", message }],
  });
}
