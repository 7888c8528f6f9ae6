/** Reads the settings of a server one by one, each with what it must be. config.ts says which command reads which. */
import { parseKeyRing } from "./core/encryption/key-ring.ts";
import type { Tier } from "./core/tenants/tier.ts";
import { checkNameServer } from "./egress/check-name-server.ts";
import { parseCidr } from "./egress/parse-address.ts";
import { parseTrustedProxies } from "./http/client-address.ts";
import { SettingReader } from "./setting-reader.ts";

/** What a node does: answers callers, sends deliveries, or both. */
export const ROLES = ["api", "dispatcher"] as const;
export type Role = (typeof ROLES)[number];

const LOG_LEVELS = ["silent", "error", "warn", "info", "debug", "trace"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export interface CommonSettings {
  readonly egressAllow: readonly string[];
  /** Name servers that receivers' names are asked of, `address` or `address:port`; left out, those of the machine. */
  readonly nameServers?: readonly string[] | undefined;
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
  /** Where traces are sent; null: nothing is traced. */
  readonly traces: { readonly url: string; readonly serviceName: string; readonly ratio: number } | null;
  /** Where callers reach the server, in absolute links; left out, where each request was sent to. */
  readonly publicUrl?: string | undefined;
}

const DEFAULT_PORT = 4700;
const ROOT_KEY_MIN_CHARACTERS = 24;
/** More than any machine has cores for; each takes a pool of database connections. */
const PROCESSES_MAX = 64;
export const DEFAULT_METRICS_PORT = 4701;

export class ConfigReader extends SettingReader {
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
  monitoring(defaults: {
    readonly host: string;
    readonly port: number | null;
  }): { readonly host: string; readonly port: number } | null {
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

  common(defaults: { readonly egressAllow: readonly string[]; readonly logLevel: LogLevel }): CommonSettings {
    const egressAllow = this.list("POSTHORN_EGRESS_ALLOW") ?? defaults.egressAllow;
    for (const range of egressAllow) {
      if (parseCidr(range) === null) this.refuse(`POSTHORN_EGRESS_ALLOW: ${range} is not a CIDR range.`);
    }
    const nameServers = this.list("POSTHORN_NAME_SERVERS") ?? undefined;
    this.attempt("POSTHORN_NAME_SERVERS", () => nameServers?.forEach(checkNameServer));
    const trustedProxies = this.list("POSTHORN_TRUSTED_PROXIES") ?? [];
    this.attempt("POSTHORN_TRUSTED_PROXIES", () => parseTrustedProxies(trustedProxies));
    return {
      egressAllow,
      nameServers,
      trustedProxies,
      reveal: this.#reveal(),
      traces: this.#traces(),
      publicUrl: this.url("POSTHORN_PUBLIC_URL"),
      logLevel: this.logLevel(defaults.logLevel),
      retention: {
        eventDays: this.number("POSTHORN_RETENTION_DAYS", { fallback: 30, min: 1, max: 3650 }),
        attemptDays: this.number("POSTHORN_ATTEMPT_RETENTION_DAYS", { fallback: 14, min: 1, max: 3650 }),
      },
      maxInFlight: this.number("POSTHORN_MAX_IN_FLIGHT", { fallback: 1_000, min: 1, max: 10_000 }),
      requestBudgets: {
        free: this.#budget("FREE", 60),
        pro: this.#budget("PRO", 300),
        org: this.#budget("ORG", 1_000),
      },
      endpointMaxInFlight: this.number("POSTHORN_ENDPOINT_MAX_IN_FLIGHT", { fallback: 16, min: 1, max: 1_000 }),
    };
  }

  #budget(tier: string, fallback: number): number {
    return this.number(`POSTHORN_REQUESTS_A_MINUTE_${tier}`, { fallback, min: 1, max: 1_000_000 });
  }

  /** The variables of the OpenTelemetry specification. */
  #traces(): CommonSettings["traces"] {
    const own = this.url("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT");
    const base = this.url("OTEL_EXPORTER_OTLP_ENDPOINT");
    if (this.text("OTEL_SDK_DISABLED")?.toLowerCase() === "true") return null;
    const url = own ?? (base === undefined ? undefined : `${base.replace(/\/+$/, "")}/v1/traces`);
    const ratio = Number(this.text("OTEL_TRACES_SAMPLER_ARG") ?? "1");
    if (!(ratio >= 0 && ratio <= 1)) this.refuse("OTEL_TRACES_SAMPLER_ARG: a number from 0 to 1.");
    return url === undefined ? null : { url, serviceName: this.text("OTEL_SERVICE_NAME") ?? "posthorn", ratio };
  }

  #reveal(): CommonSettings["reveal"] {
    const text = this.text("POSTHORN_REVEAL") ?? "controlled";
    if (text === "controlled" || text === "never") return text;
    this.refuse("POSTHORN_REVEAL: controlled or never.");
    return "never";
  }

  logLevel(fallback: LogLevel): LogLevel {
    const text = this.text("POSTHORN_LOG_LEVEL");
    if (text === null) return fallback;
    const level = LOG_LEVELS.find((name) => name === text);
    if (level === undefined) this.refuse(`POSTHORN_LOG_LEVEL: one of ${LOG_LEVELS.join(", ")}.`);
    return level ?? fallback;
  }
}
