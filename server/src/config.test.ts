import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { ConfigError, readDatabaseUrl, readDevConfig, readEncryptionKeys, readServeConfig } from "./config.ts";

const KEYS = `k1:${Buffer.alloc(32, 1).toString("base64")}`;
const DEV_SECRETS = { rootKey: "root-key-of-a-development-server", encryptionKeys: KEYS };
const SERVE = {
  DATABASE_URL: "postgres://posthorn@db/posthorn",
  POSTHORN_ROOT_KEY: "a-root-key-that-is-long-enough",
  POSTHORN_ENCRYPTION_KEYS: KEYS,
};

let directory: string;

beforeAll(() => {
  directory = mkdtempSync(path.join(tmpdir(), "posthorn-test-"));
});
afterAll(() => rmSync(directory, { recursive: true }));

const file = (name: string, text: string): string => {
  const place = path.join(directory, name);
  writeFileSync(place, text);
  return place;
};

/** What is refused, a line for each mistake. */
function problemsOf(env: NodeJS.ProcessEnv, flags = {}): string[] {
  try {
    readServeConfig(flags, env);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.message.split("\n");
    throw error;
  }
}

describe("traces", () => {
  const tracesOf = (env: NodeJS.ProcessEnv) => readServeConfig({}, { ...SERVE, ...env }).traces;

  it("are sent where the variables of OpenTelemetry say, and nowhere without them", () => {
    expect(tracesOf({})).toBeNull();
    const base = { OTEL_EXPORTER_OTLP_ENDPOINT: "http://collector:4318/" };
    expect(tracesOf(base)).toEqual({ url: "http://collector:4318/v1/traces", serviceName: "posthorn", ratio: 1 });
    const own = { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: "http://other/t", OTEL_SERVICE_NAME: "hooks" };
    expect(tracesOf({ ...base, ...own, OTEL_TRACES_SAMPLER_ARG: "0.1" })).toEqual({
      url: "http://other/t",
      serviceName: "hooks",
      ratio: 0.1,
    });
    expect(tracesOf({ ...base, OTEL_SDK_DISABLED: "true" })).toBeNull();
    expect(problemsOf({ ...SERVE, OTEL_TRACES_SAMPLER_ARG: "2" })).toEqual([
      "OTEL_TRACES_SAMPLER_ARG: a number from 0 to 1.",
    ]);
  });
});

describe("roles and processes", () => {
  it("are both roles and one process unless something else is said", () => {
    expect(readServeConfig({}, SERVE)).toMatchObject({ roles: ["api", "dispatcher"], processes: 1 });
    expect(readDevConfig({}, DEV_SECRETS, { POSTHORN_ROLES: "api" }).roles).toEqual(["api", "dispatcher"]);
  });

  it("are taken from the command line before the environment", () => {
    const env = { ...SERVE, POSTHORN_ROLES: "dispatcher, api", POSTHORN_PROCESSES: "4" };
    expect(readServeConfig({}, env)).toMatchObject({ roles: ["api", "dispatcher"], processes: 4 });
    const flags = { roles: "dispatcher", processes: "2" };
    expect(readServeConfig(flags, env)).toMatchObject({ roles: ["dispatcher"], processes: 2 });
  });

  it("are refused by name", () => {
    expect(problemsOf(SERVE, { roles: "queen" })).toEqual(["--roles: api, dispatcher, or both with a comma between."]);
    expect(problemsOf({ ...SERVE, POSTHORN_ROLES: "api,queen", POSTHORN_PROCESSES: "65" })).toEqual([
      "POSTHORN_ROLES: api, dispatcher, or both with a comma between.",
      "POSTHORN_PROCESSES: a whole number from 1 to 64.",
    ]);
  });
});

describe("a development server", () => {
  it("needs no setting: loopback, an embedded database beside it, receivers on loopback", () => {
    expect(readDevConfig({}, DEV_SECRETS, {})).toMatchObject({
      mode: "dev",
      host: "127.0.0.1",
      port: 4700,
      database: { kind: "embedded", directory: ".posthorn" },
      egressAllow: ["127.0.0.0/8", "::1/128"],
      retention: { eventDays: 30, attemptDays: 14 },
      maxInFlight: 1_000,
      endpointMaxInFlight: 16,
      requestBudgets: { free: 60, pro: 300, org: 1_000 },
      ...DEV_SECRETS,
    });
  });

  it("asks the name servers it is given, and refuses what is none", () => {
    const given = { POSTHORN_NAME_SERVERS: "192.0.2.1, 192.0.2.2:5353" };
    expect(readDevConfig({}, DEV_SECRETS, given)).toMatchObject({ nameServers: ["192.0.2.1", "192.0.2.2:5353"] });
    expect(readDevConfig({}, DEV_SECRETS, {}).nameServers).toBeUndefined();
    expect(problemsOf({ ...SERVE, POSTHORN_NAME_SERVERS: "ns.example.com" })).toEqual([
      "POSTHORN_NAME_SERVERS: ns.example.com is not the address of a name server, such as 192.0.2.1 or 192.0.2.1:5353.",
    ]);
  });

  it("uses the server of DATABASE_URL, and the keys of the environment before its own", () => {
    expect(readDevConfig({}, DEV_SECRETS, SERVE)).toMatchObject({
      database: { kind: "postgres", url: SERVE.DATABASE_URL },
      rootKey: SERVE.POSTHORN_ROOT_KEY,
    });
  });

  it("goes by the command line before the environment", () => {
    const env = { POSTHORN_PORT: "1", POSTHORN_HOST: "0.0.0.0", POSTHORN_DATA_DIR: "/there" };
    const flags = { port: "0", host: "::1", dataDir: "/here" };
    expect(readDevConfig(flags, DEV_SECRETS, env)).toMatchObject({
      port: 0,
      host: "::1",
      database: { directory: "/here" },
    });
    expect(readDevConfig({}, DEV_SECRETS, env)).toMatchObject({ port: 1, database: { directory: "/there" } });
  });
});

describe("a production server", () => {
  it("is content with its database and its two keys", () => {
    expect(readServeConfig({}, SERVE)).toMatchObject({ mode: "serve", host: "0.0.0.0", port: 4700, egressAllow: [] });
  });

  it("names everything that is missing at once", () => {
    const problems = problemsOf({});
    expect(problems).toHaveLength(3);
    for (const name of Object.keys(SERVE)) expect(problems.join()).toContain(`${name} is missing`);
  });

  it("takes every secret from a file too, without its last line break", () => {
    const env = Object.fromEntries(
      Object.entries(SERVE).map(([name, value]) => [`${name}_FILE`, file(name, `${value}\n`)]),
    );
    expect(readServeConfig({}, env)).toMatchObject({
      database: { url: SERVE.DATABASE_URL },
      rootKey: SERVE.POSTHORN_ROOT_KEY,
      encryptionKeys: KEYS,
    });
  });

  it.each([
    ["both the setting and its file", { POSTHORN_ROOT_KEY_FILE: "/dev/null" }, "set one"],
    ["a port that is no number", { POSTHORN_PORT: "http" }, "POSTHORN_PORT: a whole number from 0 to 65535"],
    ["a port beyond the last", { POSTHORN_PORT: "65536" }, "POSTHORN_PORT"],
    ["a number in another notation", { POSTHORN_PORT: "0x10" }, "POSTHORN_PORT"],
    ["no retention", { POSTHORN_RETENTION_DAYS: "0" }, "POSTHORN_RETENTION_DAYS"],
    ["a range that is none", { POSTHORN_EGRESS_ALLOW: "10.0.0.0/8, inside" }, "inside is not a CIDR range"],
    ["a proxy that is none", { POSTHORN_TRUSTED_PROXIES: "everyone" }, "POSTHORN_TRUSTED_PROXIES"],
    ["an unknown log level", { POSTHORN_LOG_LEVEL: "loud" }, "POSTHORN_LOG_LEVEL"],
    ["a pool of one connection", { POSTHORN_DATABASE_POOL: "1" }, "POSTHORN_DATABASE_POOL"],
    ["a short root key", { POSTHORN_ROOT_KEY: "short" }, "at least 24 characters"],
    ["a root key that no header holds", { POSTHORN_ROOT_KEY: "a key with spaces in it, and é" }, "letters, digits"],
  ])("refuses %s", (_what, env, expected) => {
    const problems = problemsOf({ ...SERVE, ...env });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(expected);
  });

  it("shows no secret in what it refuses", () => {
    const env = { ...SERVE, POSTHORN_ROOT_KEY: "geheim é", POSTHORN_ENCRYPTION_KEYS: "k1:Z2VoZWlt" };
    const text = problemsOf(env).join("\n");
    expect(text).toContain("POSTHORN_ENCRYPTION_KEYS");
    expect(text).not.toMatch(/geheim|Z2VoZWlt/);
  });

  it("takes a file that is empty or cannot be read for a mistake, not for a value", () => {
    const { DATABASE_URL: _url, ...others } = SERVE;
    expect(problemsOf({ ...others, DATABASE_URL_FILE: file("empty", "\n") }).join()).toContain("DATABASE_URL");
    expect(problemsOf({ ...others, DATABASE_URL_FILE: path.join(directory, "none") }).join()).toContain(
      "cannot be read",
    );
  });

  it("takes a setting that is empty for one that is not set", () => {
    expect(readServeConfig({}, { ...SERVE, POSTHORN_PORT: " ", POSTHORN_EGRESS_ALLOW: "" })).toMatchObject({
      port: 4700,
      egressAllow: [],
    });
  });
});

describe("the monitoring port", () => {
  const serve = (env: NodeJS.ProcessEnv, flags = {}) => readServeConfig(flags, { ...SERVE, ...env }).monitoring;
  const dev = (env: NodeJS.ProcessEnv) => readDevConfig({}, DEV_SECRETS, env).monitoring;

  it("is 4701 beside the API in serve, and off in dev", () => {
    expect(serve({})).toEqual({ host: "0.0.0.0", port: 4701 });
    expect(serve({}, { host: "10.0.0.7" })).toEqual({ host: "10.0.0.7", port: 4701 });
    expect(dev({})).toBeNull();
  });

  it("is left to the system where the API's port is", () => {
    expect(serve({}, { port: "0" })).toEqual({ host: "0.0.0.0", port: 0 });
    expect(serve({ POSTHORN_METRICS_PORT: "4800" }, { port: "0" })).toEqual({ host: "0.0.0.0", port: 4800 });
  });

  it("is moved, opened and closed by its settings", () => {
    const settings = { POSTHORN_METRICS_PORT: "0", POSTHORN_METRICS_HOST: "::1" };
    expect(serve(settings)).toEqual({ host: "::1", port: 0 });
    expect(dev(settings)).toEqual({ host: "::1", port: 0 });
    expect(serve({ POSTHORN_METRICS_PORT: "off" })).toBeNull();
  });

  it("is refused when it is not a port, and says what is", () => {
    for (const port of ["none", "70000", "-1"]) {
      expect(() => serve({ POSTHORN_METRICS_PORT: port })).toThrow(
        new ConfigError("POSTHORN_METRICS_PORT: a whole number from 0 to 65535, or off."),
      );
    }
  });
});

it("migrate needs the database alone", () => {
  expect(readDatabaseUrl(SERVE)).toBe(SERVE.DATABASE_URL);
  expect(() => readDatabaseUrl({})).toThrow(ConfigError);
});

it("secrets are shown under control unless it is said never, and a typing mistake does not open them", () => {
  expect(readServeConfig({}, SERVE).reveal).toBe("controlled");
  expect(readServeConfig({}, { ...SERVE, POSTHORN_REVEAL: "never" }).reveal).toBe("never");
  expect(problemsOf({ ...SERVE, POSTHORN_REVEAL: "Never" })).toEqual(["POSTHORN_REVEAL: controlled or never."]);
});

it("keys rotate needs the key ring alone", () => {
  expect(readEncryptionKeys({ POSTHORN_ENCRYPTION_KEYS: KEYS })).toBe(KEYS);
  expect(() => readEncryptionKeys({})).toThrow(ConfigError);
});
