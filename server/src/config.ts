/**
 * What a server is told from outside: environment and command line, read once, checked whole, all mistakes named.
 * The only file that reads the environment.
 */
import { homedir } from "node:os";
import path from "node:path";

import {
  type CommonSettings,
  ConfigReader,
  DEFAULT_METRICS_PORT,
  type LogLevel,
  type Role,
  ROLES,
} from "./config-reader.ts";

export { type LogLevel, ROLES } from "./config-reader.ts";
export { ConfigError } from "./setting-reader.ts";

export interface Config extends CommonSettings {
  readonly mode: "dev" | "serve";
  readonly roles: readonly Role[];
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
  /** Where health and metrics are served; null: nowhere. `asked`: they are told to the process that started this one. */
  readonly monitoring: { readonly host: string; readonly port: number } | "asked" | null;
  readonly database:
    | { readonly kind: "postgres"; readonly url: string; readonly poolSize: number }
    | { readonly kind: "embedded"; readonly directory: string };
  readonly rootKey: string;
  /** `id:base64[,id:base64…]`, the first being current. */
  readonly encryptionKeys: string;
  /** The slug of the tenant that requests in a dialect mean which name none; left out, they must name one. */
  readonly defaultTenant?: string | undefined;
}

export interface ServeConfig extends Config {
  /** Processes that serve; they share the port. */
  readonly processes: number;
  readonly monitoring: { readonly host: string; readonly port: number } | null;
}

/** The tenant that `dev` works in. */
export const DEV_TENANT = "default";

/** What the command line said; undefined where it said nothing. */
export interface Flags {
  readonly host?: string | undefined;
  readonly port?: string | undefined;
  readonly dataDir?: string | undefined;
  readonly roles?: string | undefined;
  readonly processes?: string | undefined;
}

/** Secrets that `dev` keeps in a file of its own, used where the environment gives none. */
export interface DevSecrets {
  readonly rootKey: string;
  readonly encryptionKeys: string;
}

const DEV_DATA_DIRECTORY = ".posthorn";
/** Loopback receivers are what development is about. */
const DEV_EGRESS = ["127.0.0.0/8", "::1/128"];
/** Tells a process that was started by another which of them it is. */
export const PROCESS_NUMBER = "POSTHORN_PROCESS_NUMBER";

/** Where `dev` keeps its files. */
export function dataDirectory(flags: Flags, env: NodeJS.ProcessEnv = process.env): string {
  return flags.dataDir ?? env["POSTHORN_DATA_DIR"] ?? DEV_DATA_DIRECTORY;
}

export function readDevConfig(flags: Flags, secrets: DevSecrets, env: NodeJS.ProcessEnv = process.env): Config {
  const reader = new ConfigReader(env);
  const url = reader.secret("DATABASE_URL");
  const host = flags.host ?? reader.text("POSTHORN_HOST") ?? "127.0.0.1";
  const config: Config = {
    mode: "dev",
    roles: ROLES,
    host,
    port: reader.port(flags.port),
    monitoring: reader.monitoring({ host, port: null }),
    database:
      url === null
        ? { kind: "embedded", directory: dataDirectory(flags, env) }
        : { kind: "postgres", url, poolSize: reader.poolSize() },
    rootKey: reader.rootKey() ?? secrets.rootKey,
    encryptionKeys: reader.encryptionKeys() ?? secrets.encryptionKeys,
    defaultTenant: DEV_TENANT,
    ...reader.common({ egressAllow: DEV_EGRESS, logLevel: "warn" }),
  };
  reader.refuseProblems();
  return config;
}

export function readServeConfig(flags: Flags, env: NodeJS.ProcessEnv = process.env): ServeConfig {
  const reader = new ConfigReader(env);
  const host = flags.host ?? reader.text("POSTHORN_HOST") ?? "0.0.0.0";
  const port = reader.port(flags.port);
  const config: ServeConfig = {
    mode: "serve",
    roles: reader.roles(flags.roles),
    processes: reader.processes(flags.processes),
    host,
    port,
    // Who lets the system choose one port starts several of us on one machine.
    monitoring: reader.monitoring({ host, port: port === 0 ? 0 : DEFAULT_METRICS_PORT }),
    database: { kind: "postgres", url: reader.required("DATABASE_URL"), poolSize: reader.poolSize() },
    rootKey: reader.rootKey() ?? reader.missing("POSTHORN_ROOT_KEY"),
    encryptionKeys: reader.encryptionKeys() ?? reader.missing("POSTHORN_ENCRYPTION_KEYS"),
    ...reader.common({ egressAllow: [], logLevel: "info" }),
  };
  reader.refuseProblems();
  return config;
}

/** Which of the processes of one `serve` this is, from 1; null for the one that was started by hand. */
export function readProcessNumber(env: NodeJS.ProcessEnv = process.env): number | null {
  const text = env[PROCESS_NUMBER];
  return text === undefined ? null : Number(text);
}

/** The database that `migrate` works on. */
export function readDatabaseUrl(env: NodeJS.ProcessEnv = process.env): string {
  const reader = new ConfigReader(env);
  const url = reader.required("DATABASE_URL");
  reader.refuseProblems();
  return url;
}

/** The key ring alone, for commands that need no database. */
export function readEncryptionKeys(env: NodeJS.ProcessEnv = process.env): string {
  const reader = new ConfigReader(env);
  const keys = reader.encryptionKeys() ?? reader.missing("POSTHORN_ENCRYPTION_KEYS");
  reader.refuseProblems();
  return keys;
}

/** What a command needs that works on the database beside the server. */
export interface ToolConfig {
  readonly database:
    | { readonly kind: "postgres"; readonly url: string }
    | { readonly kind: "embedded"; readonly directory: string };
  /** `id:base64[,id:base64…]`, the first being current. */
  readonly encryptionKeys: string;
}

/** `secrets` are those of a development server, null where none ever started. */
export function readToolConfig(
  flags: Flags,
  secrets: DevSecrets | null,
  env: NodeJS.ProcessEnv = process.env,
): ToolConfig {
  const reader = new ConfigReader(env);
  const url = reader.secret("DATABASE_URL");
  const encryptionKeys =
    reader.encryptionKeys() ?? secrets?.encryptionKeys ?? reader.missing("POSTHORN_ENCRYPTION_KEYS");
  if (url === null && secrets === null) reader.missing("DATABASE_URL");
  reader.refuseProblems();
  if (url !== null) return { database: { kind: "postgres", url }, encryptionKeys };
  return { database: { kind: "embedded", directory: dataDirectory(flags, env) }, encryptionKeys };
}

/** Where `trace` finds an event: in the database, or with a server that can be asked. */
export type TraceConfig =
  | { readonly from: "database"; readonly url: string }
  | {
      readonly from: "server";
      readonly url: string;
      /** Null: the login that is kept for the server. */
      readonly key: string | null;
      /** The directory of the embedded database, which is read where no server answers. */
      readonly directory: string | null;
    };

/** The server that a command asks, and with which key; null: with the login that is kept for it. */
export interface CommandServer {
  readonly url: string;
  readonly key: string | null;
}

/**
 * The server that a command asks: the one at `--url`, the development server of this machine, or the one that was logged
 * in to last. `listLogins` tells the addresses that there are logins for, the newest last; asked where no key is given.
 * Throws ConfigError.
 */
export async function readServerConfig(
  flags: Flags & { readonly url?: string | undefined },
  secrets: DevSecrets | null,
  listLogins: () => Promise<readonly string[]>,
  env: NodeJS.ProcessEnv = process.env,
): Promise<CommandServer> {
  const reader = new ConfigReader(env);
  // The key of a development server is for the one that runs here, never for an address that was typed.
  const own = flags.url === undefined ? (secrets?.rootKey ?? null) : null;
  const key = reader.secret("POSTHORN_API_KEY") ?? reader.rootKey() ?? own;
  const isNamed = (flags.url ?? flags.port) !== undefined;
  const logins = key === null ? await listLogins() : [];
  const last = isNamed ? undefined : logins.at(-1);
  const url = last ?? flags.url ?? `http://127.0.0.1:${reader.port(flags.port)}`;
  if (!URL.canParse(url)) reader.refuse("--url: an address such as https://hooks.example.com.");
  else if (key === null && !logins.includes(serverUrl(url))) {
    reader.refuse("Log in with posthorn login, or set POSTHORN_API_KEY to a key of the server.");
  }
  reader.refuseProblems();
  return key === null ? { url: serverUrl(url), key } : { url, key };
}

/** The server to log in to: the one at `--url`, or the development server of this machine. Throws ConfigError. */
export function readLoginUrl(
  flags: Flags & { readonly url?: string | undefined },
  env: NodeJS.ProcessEnv = process.env,
): string {
  const reader = new ConfigReader(env);
  const text = flags.url ?? `http://127.0.0.1:${reader.port(flags.port)}`;
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol) || url.search !== "" || url.username !== "") {
    reader.refuse("--url: an address such as https://hooks.example.com.");
  } else if (url.protocol === "http:" && !LOOPBACK.test(url.hostname)) {
    reader.refuse("--url: https, except to this machine. Others could read the tokens on their way.");
  }
  reader.refuseProblems();
  return serverUrl(text);
}

/** Where the logins of the machine's user are kept (XDG Base Directory Specification). */
export function credentialsFile(env: NodeJS.ProcessEnv = process.env): string {
  const configured = env["XDG_CONFIG_HOME"];
  const home = configured !== undefined && path.isAbsolute(configured) ? configured : path.join(homedir(), ".config");
  return path.join(home, "posthorn", "credentials.json");
}

const LOOPBACK = /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/;

/** One spelling for each server: links below it begin with this. */
function serverUrl(text: string): string {
  return new URL(text).href.replace(/\/$/, "");
}

export interface RelayConfig {
  /** Of the product. */
  readonly databaseUrl: string;
  readonly to: { readonly url: string; readonly key: string };
  readonly logLevel: LogLevel;
}

/** For `outbox relay`. Nobody is there to log in, so it needs a key. Throws ConfigError. */
export function readRelayConfig(
  flags: { readonly databaseUrl?: string | undefined; readonly url?: string | undefined },
  env: NodeJS.ProcessEnv = process.env,
): RelayConfig {
  const reader = new ConfigReader(env);
  const databaseUrl = flags.databaseUrl ?? reader.required("POSTHORN_OUTBOX_DATABASE_URL");
  const key = reader.secret("POSTHORN_API_KEY") ?? reader.rootKey() ?? reader.missing("POSTHORN_API_KEY");
  const url = flags.url ?? "";
  if (!/^https?:$/.test(URL.parse(url)?.protocol ?? "")) {
    reader.refuse("--url: the address of Posthorn, such as https://hooks.example.com.");
  }
  const logLevel = reader.logLevel("info");
  reader.refuseProblems();
  return { databaseUrl, to: { url, key }, logLevel };
}

/** For `sign` and `verify`: one secret a line; null where none is set. Throws ConfigError. */
export function readSigningSecret(env: NodeJS.ProcessEnv = process.env): string | null {
  const reader = new ConfigReader(env);
  const secret = reader.secret("POSTHORN_SIGNING_SECRET");
  reader.refuseProblems();
  return secret;
}

/** `secrets` are those of a development server, null where none ever started. */
export async function readTraceConfig(
  flags: Flags & { readonly url?: string | undefined },
  secrets: DevSecrets | null,
  listLogins: () => Promise<readonly string[]>,
  env: NodeJS.ProcessEnv = process.env,
): Promise<TraceConfig> {
  const reader = new ConfigReader(env);
  const databaseUrl = flags.url === undefined ? reader.secret("DATABASE_URL") : null;
  reader.refuseProblems();
  if (databaseUrl !== null) return { from: "database", url: databaseUrl };
  const directory = flags.url === undefined && secrets !== null ? dataDirectory(flags, env) : null;
  return { from: "server", ...(await readServerConfig(flags, secrets, listLogins, env)), directory };
}
