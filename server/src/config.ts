/**
 * What a server is told from outside: environment and command line, read once, checked whole, all mistakes named.
 * The only file that reads the environment.
 */
import { parseKeyRing } from "./core/encryption/key-ring.ts";
import type { Tier } from "./core/tenants/tier.ts";
import { parseCidr } from "./egress/parse-address.ts";
import { parseTrustedProxies } from "./http/client-address.ts";
import { SettingReader } from "./setting-reader.ts";

export { ConfigError } from "./setting-reader.ts";

export interface Config {
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
  /** CIDR ranges of private or loopback addresses that deliveries may go to. */
  readonly egressAllow: readonly string[];
  readonly trustedProxies: readonly string[];
  /** `never` shows no secret to anybody after the answer that made it. */
  readonly reveal: "controlled" | "never";
  readonly logLevel: LogLevel;
  readonly retention: { readonly eventDays: number; readonly attemptDays: number };
  /** Requests under way at once in this process. */
  readonly maxInFlight: number;
  /** Requests under way at once to an endpoint that sets no cap of its own. */
  readonly endpointMaxInFlight: number;
  /** Requests that one credential may send to this process in a minute, in contracts that bound them by tier. */
  readonly requestBudgets: Readonly<Record<Tier, number>>;
  /** Where callers reach the server, in absolute links; left out, where each request was sent to. */
  readonly publicUrl?: string | undefined;
  /** The slug of the tenant that requests in a dialect mean which name none; left out, they must name one. */
  readonly defaultTenant?: string | undefined;
}

/** What a node does: answers callers, sends deliveries, or both. */
export const ROLES = ["api", "dispatcher"] as const;
export type Role = (typeof ROLES)[number];

export interface ServeConfig extends Config {
  /** Processes that serve; they share the port. */
  readonly processes: number;
  readonly monitoring: { readonly host: string; readonly port: number } | null;
}

/** The tenant that `dev` works in. */
export const DEV_TENANT = "default";

export const LOG_LEVELS = ["silent", "error", "warn", "info", "debug", "trace"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

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

const DEFAULT_PORT = 4700;
const DEFAULT_METRICS_PORT = 4701;
const DEV_DATA_DIRECTORY = ".posthorn";
/** Loopback receivers are what development is about. */
const DEV_EGRESS = ["127.0.0.0/8", "::1/128"];
const ROOT_KEY_MIN_CHARACTERS = 24;
/** More than any machine has cores for; each takes a pool of database connections. */
const PROCESSES_MAX = 64;
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

class ConfigReader extends SettingReader {
  rootKey(): string | null {
    const key = this.secret("POSTHORN_ROOT_KEY");
    if (key !== null && !/^[A-Za-z0-9._~+/=-]+$/.test(key)) {
      this.refuse("POSTHORN_ROOT_KEY: use letters, digits and . _ ~ + / = - only; it is sent as a bearer token.");
    }
    if (key !== null && key.length < ROOT_KEY_MIN_CHARACTERS) {
      this.refuse(`POSTHORN_ROOT_KEY: at least ${ROOT_KEY_MIN_CHARACTERS} characters, made at random.`);
    }
    return key;
  }

  encryptionKeys(): string | null {
    const keys = this.secret("POSTHORN_ENCRYPTION_KEYS");
    if (keys !== null) this.attempt("POSTHORN_ENCRYPTION_KEYS", () => parseKeyRing(keys));
    return keys;
  }

  port(flag: string | undefined): number {
    return this.whole(flag === undefined ? "POSTHORN_PORT" : "--port", flag ?? this.text("POSTHORN_PORT"), {
      fallback: DEFAULT_PORT,
      min: 0,
      max: 65_535,
    });
  }

  /** Where the API is reached, its probes are too, unless something else is said. */
  monitoring(defaults: { readonly host: string; readonly port: number | null }): ServeConfig["monitoring"] {
    const host = this.text("POSTHORN_METRICS_HOST") ?? defaults.host;
    const text = this.text("POSTHORN_METRICS_PORT");
    if (text === "off" || (text === null && defaults.port === null)) return null;
    const port = this.whole("POSTHORN_METRICS_PORT", text, {
      fallback: defaults.port ?? DEFAULT_METRICS_PORT,
      min: 0,
      max: 65_535,
      or: "off",
    });
    return { host, port };
  }

  roles(flag: string | undefined): readonly Role[] {
    const name = flag === undefined ? "POSTHORN_ROLES" : "--roles";
    const words = flag === undefined ? this.list(name) : flag.split(",").map((word) => word.trim());
    if (words === null) return ROLES;
    const roles = ROLES.filter((role) => words.includes(role));
    if (roles.length === 0 || words.some((word) => !ROLES.some((role) => role === word))) {
      this.refuse(`${name}: api, dispatcher, or both with a comma between.`);
    }
    return roles;
  }

  processes(flag: string | undefined): number {
    return this.whole(
      flag === undefined ? "POSTHORN_PROCESSES" : "--processes",
      flag ?? this.text("POSTHORN_PROCESSES"),
      {
        fallback: 1,
        min: 1,
        max: PROCESSES_MAX,
      },
    );
  }

  poolSize(): number {
    return this.number("POSTHORN_DATABASE_POOL", { fallback: 10, min: 4, max: 200 });
  }

  common(defaults: {
    readonly egressAllow: readonly string[];
    readonly logLevel: LogLevel;
  }): Pick<
    Config,
    | "egressAllow"
    | "trustedProxies"
    | "reveal"
    | "logLevel"
    | "retention"
    | "maxInFlight"
    | "endpointMaxInFlight"
    | "requestBudgets"
    | "publicUrl"
  > {
    const egressAllow = this.list("POSTHORN_EGRESS_ALLOW") ?? defaults.egressAllow;
    for (const range of egressAllow) {
      if (parseCidr(range) === null) this.refuse(`POSTHORN_EGRESS_ALLOW: ${range} is not a CIDR range.`);
    }
    const trustedProxies = this.list("POSTHORN_TRUSTED_PROXIES") ?? [];
    this.attempt("POSTHORN_TRUSTED_PROXIES", () => parseTrustedProxies(trustedProxies));
    return {
      egressAllow,
      trustedProxies,
      reveal: this.#reveal(),
      publicUrl: this.url("POSTHORN_PUBLIC_URL"),
      logLevel: this.#level(defaults.logLevel),
      retention: {
        eventDays: this.number("POSTHORN_RETENTION_DAYS", { fallback: 30, min: 1, max: 3650 }),
        attemptDays: this.number("POSTHORN_ATTEMPT_RETENTION_DAYS", { fallback: 14, min: 1, max: 3650 }),
      },
      maxInFlight: this.number("POSTHORN_MAX_IN_FLIGHT", { fallback: 1_000, min: 1, max: 10_000 }),
      endpointMaxInFlight: this.number("POSTHORN_ENDPOINT_MAX_IN_FLIGHT", { fallback: 16, min: 1, max: 1_000 }),
      requestBudgets: {
        free: this.#budget("FREE", 60),
        pro: this.#budget("PRO", 300),
        org: this.#budget("ORG", 1_000),
      },
    };
  }

  #budget(tier: string, fallback: number): number {
    return this.number(`POSTHORN_REQUESTS_A_MINUTE_${tier}`, { fallback, min: 1, max: 1_000_000 });
  }

  #reveal(): Config["reveal"] {
    const text = this.text("POSTHORN_REVEAL") ?? "controlled";
    if (text === "controlled" || text === "never") return text;
    this.refuse("POSTHORN_REVEAL: controlled or never.");
    return "never";
  }

  #level(fallback: LogLevel): LogLevel {
    const text = this.text("POSTHORN_LOG_LEVEL");
    if (text === null) return fallback;
    const level = LOG_LEVELS.find((name) => name === text);
    if (level === undefined) this.refuse(`POSTHORN_LOG_LEVEL: one of ${LOG_LEVELS.join(", ")}.`);
    return level ?? fallback;
  }
}
