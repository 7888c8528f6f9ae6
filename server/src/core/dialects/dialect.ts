/**
 * A dialect of a tenant: one of the wire contracts that Posthorn speaks beside its own, switched on, with the hosts
 * whose requests are the tenant's.
 */
import type { DialectRow } from "../../db/queries/list-dialects.ts";
import { CoreError, type InputProblem } from "../errors/core-error.ts";

/** The dialects that are served. */
export const DIALECTS = ["selfcommunity", "velt", "thesignup"] as const;
export type DialectName = (typeof DIALECTS)[number];

/**
 * How callers prove who they are: `jwt` by a token that is signed with a secret of the tenant's; `tokens` by tokens that
 * are kept here, in the tenant that a key names; `api_keys` by API keys of the tenant's.
 */
export const DIALECT_PROOFS: Readonly<Record<DialectName, "jwt" | "tokens" | "api_keys">> = {
  selfcommunity: "jwt",
  velt: "tokens",
  thesignup: "api_keys",
};

export interface Dialect {
  readonly name: DialectName;
  /** In lower case, without a port. */
  readonly hosts: readonly string[];
  /** What requests name the tenant by; null where the dialect knows no keys. */
  readonly apiKey: string | null;
  readonly workspaceId: string | null;
  /** Whether the tenant may use what the contract offers beside its tokens. */
  readonly available: boolean;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export const HOSTS_MAX = 20;
/** A name of labels (RFC 1123, section 2.1), or an address; both as `normaliseHost` leaves them. */
const HOST = /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*|\[[0-9a-f:]+\])$/;
const HOST_CHARACTERS_MAX = 253;
export const JWT_SECRET_CHARACTERS_MIN = 16;
export const JWT_SECRET_CHARACTERS_MAX = 512;

export function isDialectName(text: string): text is DialectName {
  return (DIALECTS as readonly string[]).includes(text);
}

export function toDialect(row: DialectRow): Dialect {
  if (!isDialectName(row.dialect)) throw new Error(`the dialect ${row.dialect} is not served`);
  return {
    name: row.dialect,
    hosts: row.hosts,
    apiKey: row.api_key,
    workspaceId: row.workspace_id,
    available: row.available,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

/** The host of a `Host` header as hosts are kept: in lower case, without port and trailing dot. Null when it is none. */
export function normaliseHost(header: string): string | null {
  const host = header.trim().toLowerCase().replace(/:\d*$/, "").replace(/\.$/, "");
  return host.length <= HOST_CHARACTERS_MAX && HOST.test(host) ? host : null;
}

/** What a dialect may be switched on with; which of it is its way of proof says. */
export interface DialectSettings {
  /** Replaces all hosts; left out, they stay. */
  readonly hosts?: readonly string[] | undefined;
  /** What tokens are signed with. Left out: the one that is there stays, and the first is generated. */
  readonly jwtSecret?: string | undefined;
  /** What requests name the tenant by. Left out, each of the two stays, and the first is generated. */
  readonly apiKey?: string | undefined;
  readonly workspaceId?: string | undefined;
  /** Replaces all that callers may show with the API key. Left out: they stay, and the first is generated. */
  readonly authTokens?: readonly AuthToken[] | undefined;
  /** What callers show with the workspace id. Left out, it stays, and the first is generated. */
  readonly workspaceAuthToken?: string | undefined;
  /** Whether the tenant may use what the contract offers beside its tokens. */
  readonly available?: boolean | undefined;
}

export interface AuthToken {
  readonly token: string;
  readonly name?: string | undefined;
}

const MEMBERS: Readonly<Record<(typeof DIALECT_PROOFS)[DialectName], readonly (keyof DialectSettings)[]>> = {
  jwt: ["hosts", "jwtSecret"],
  api_keys: ["hosts"],
  tokens: ["apiKey", "workspaceId", "authTokens", "workspaceAuthToken", "available"],
};

/** What is given and is not the dialect's. */
export function checkMembers(name: DialectName, input: DialectSettings): InputProblem[] {
  const known: readonly string[] = MEMBERS[DIALECT_PROOFS[name]];
  return Object.entries(input)
    .filter(([member, value]) => value !== undefined && !known.includes(member))
    .map(([member]) => ({
      path: `/${member}`,
      code: "unknown_member",
      message: `The dialect ${name} has no ${member}. It has ${known.join(", ")}.`,
    }));
}

/** Every mistake in what a dialect is switched on with. */
export function checkDialect(input: DialectSettings): InputProblem[] {
  return [
    ...checkHosts(input.hosts ?? []),
    ...checkJwtSecret(input.jwtSecret),
    ...checkKey(input.apiKey, "/apiKey"),
    ...checkKey(input.workspaceId, "/workspaceId"),
    ...checkTokens(input.authTokens),
    ...checkToken(input.workspaceAuthToken, "/workspaceAuthToken"),
  ];
}

export function dialectNotFound(): CoreError {
  return new CoreError("not_found", "This dialect is not switched on in this tenant.");
}

function checkHosts(hosts: readonly string[]): InputProblem[] {
  if (hosts.length > HOSTS_MAX) {
    return [{ path: "/hosts", code: "out_of_bounds", message: `A dialect has at most ${HOSTS_MAX} hosts.` }];
  }
  return hosts.flatMap((host, index): InputProblem[] => {
    if (hosts.indexOf(host) < index) {
      return [{ path: `/hosts/${index}`, code: "repeated", message: "This host is in the list already." }];
    }
    if (normaliseHost(host) === host) return [];
    const message = "A host is a name such as community.example.com, in lower case, without scheme and port.";
    return [{ path: `/hosts/${index}`, code: "invalid_format", message }];
  });
}

function checkJwtSecret(secret: string | undefined): InputProblem[] {
  if (secret === undefined) return [];
  const { length } = secret;
  if (length >= JWT_SECRET_CHARACTERS_MIN && length <= JWT_SECRET_CHARACTERS_MAX) return [];
  const message = `A JWT secret has ${JWT_SECRET_CHARACTERS_MIN} to ${JWT_SECRET_CHARACTERS_MAX} characters.`;
  return [{ path: "/jwtSecret", code: "out_of_bounds", message }];
}

const KEY = /^[A-Za-z0-9._-]{1,128}$/;

function checkKey(key: string | undefined, path: string): InputProblem[] {
  if (key === undefined || KEY.test(key)) return [];
  const message = "This has 1 to 128 letters, digits, full stops, hyphens and underscores.";
  return [{ path, code: "invalid_format", message }];
}

export const AUTH_TOKENS_MAX = 10;
const NAME_CHARACTERS_MAX = 256;

function checkTokens(tokens: readonly AuthToken[] | undefined): InputProblem[] {
  if (tokens === undefined) return [];
  if (tokens.length === 0 || tokens.length > AUTH_TOKENS_MAX) {
    return [{ path: "/authTokens", code: "out_of_bounds", message: `There are 1 to ${AUTH_TOKENS_MAX} auth tokens.` }];
  }
  return tokens.flatMap(({ token, name = "" }, index): InputProblem[] => {
    const path = `/authTokens/${index}`;
    if (tokens.findIndex((other) => other.token === token) < index) {
      return [{ path: `${path}/token`, code: "repeated", message: "This token is in the list already." }];
    }
    if (name.length <= NAME_CHARACTERS_MAX) return checkToken(token, `${path}/token`);
    const message = `A name has at most ${NAME_CHARACTERS_MAX} characters.`;
    return [{ path: `${path}/name`, code: "too_long", message }];
  });
}

/** What a header can carry, and nobody guesses. */
const TOKEN = /^[\x21-\x7e]{16,2048}$/;

function checkToken(token: string | undefined, path: string): InputProblem[] {
  if (token === undefined || TOKEN.test(token)) return [];
  return [{ path, code: "invalid_format", message: "A token has 16 to 2048 printable ASCII characters, no space." }];
}
