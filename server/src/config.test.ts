/** Where health and metrics are served, as the environment says it. */
import { describe, expect, it } from "vitest";

import { ConfigError, readDevConfig, readServeConfig } from "./config.ts";

const SECRETS = { rootKey: `root_${"x".repeat(32)}`, encryptionKeys: `k1:${Buffer.alloc(32, 1).toString("base64")}` };
const SERVE = {
  DATABASE_URL: "postgres://127.0.0.1/posthorn",
  POSTHORN_ROOT_KEY: SECRETS.rootKey,
  POSTHORN_ENCRYPTION_KEYS: SECRETS.encryptionKeys,
};
const serve = (env: NodeJS.ProcessEnv, flags = {}) => readServeConfig(flags, { ...SERVE, ...env }).monitoring;
const dev = (env: NodeJS.ProcessEnv) => readDevConfig({}, SECRETS, env).monitoring;

describe("the monitoring port", () => {
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
