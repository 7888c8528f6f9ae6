/**
 * A dialect of a tenant: one of the wire contracts that Posthorn speaks beside its own, switched on, with the hosts
 * whose requests are the tenant's.
 */
import type { DialectRow } from "../../db/queries/list-dialects.ts";
import { CoreError, type InputProblem } from "../errors/core-error.ts";

/** The dialects that are served. */
export const DIALECTS = ["selfcommunity", "thesignup"] as const;
export type DialectName = (typeof DIALECTS)[number];

/** Those whose callers sign tokens with a secret of the tenant. */
const SIGNING_DIALECTS: ReadonlySet<DialectName> = new Set(["selfcommunity"]);

export interface Dialect {
  readonly name: DialectName;
  /** In lower case, without a port. */
  readonly hosts: readonly string[];
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
  return { name: row.dialect, hosts: row.hosts, createdAt: row.created_at, updatedAt: row.updated_at };
}

export function signsTokens(name: DialectName): boolean {
  return SIGNING_DIALECTS.has(name);
}

/** The host of a `Host` header as hosts are kept: in lower case, without port and trailing dot. Null when it is none. */
export function normaliseHost(header: string): string | null {
  const host = header.trim().toLowerCase().replace(/:\d*$/, "").replace(/\.$/, "");
  return host.length <= HOST_CHARACTERS_MAX && HOST.test(host) ? host : null;
}

/** Every mistake in what a dialect is switched on with. */
export function checkDialect(input: {
  readonly hosts?: readonly string[] | undefined;
  readonly jwtSecret?: string | undefined;
}): InputProblem[] {
  return [...checkHosts(input.hosts ?? []), ...checkJwtSecret(input.jwtSecret)];
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
