/** The settings of a server in a test's own process: loopback alone, nothing logged, a database that the test gives. */
import { type Config, ROLES } from "../../src/config.ts";

export function testConfig(rootKey: string, config: Partial<Config> = {}): Config {
  return {
    mode: "dev",
    roles: ROLES,
    host: "127.0.0.1",
    port: 0,
    monitoring: null,
    database: { kind: "embedded", directory: "given by the test" },
    rootKey,
    encryptionKeys: `test:${Buffer.alloc(32, 7).toString("base64")}`,
    egressAllow: ["127.0.0.0/8", "::1/128"],
    trustedProxies: [],
    traces: null,
    reveal: "controlled",
    logLevel: "silent",
    retention: { eventDays: 30, attemptDays: 14 },
    maxInFlight: 100,
    endpointMaxInFlight: 16,
    requestBudgets: { free: 60, pro: 300, org: 1_000 },
    ...config,
  };
}
