/**
 * Where servers are killed: a database of its own that outlives them, and the servers on it, one after the other or
 * two at a time. A server that follows another starts with its clock ahead by what the site is told, so that a test
 * need not wait for the ten seconds after which a silent node has lost its leases.
 */
import { randomBytes } from "node:crypto";
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { Config } from "../../src/config.ts";
import type { Database } from "../../src/db/database.ts";
import { openTestDatabase } from "../support/database.ts";
import { embeddedTemplate } from "../support/database-template.ts";
import type { CrashingServerOptions } from "./crashing-server-calls.ts";
import { type CrashingServer, startCrashingServer, type StillbornServer } from "./start-crashing-server.ts";

export interface CrashSite extends AsyncDisposable {
  readonly kind: Database["kind"];
  readonly rootKey: string;
  start(options?: Partial<StartOptions>): Promise<CrashingServer | StillbornServer>;
  startAnother(): Promise<CrashingServer>;
  /** The server that runs, started when there is none. */
  live(): Promise<CrashingServer>;
  /** From now on this one is the server that runs. */
  follow(server: CrashingServer): void;
  /** The clock of servers to come is ahead by `awayMs` more. */
  letTimePass(): void;
  /** What servers complained of since they were last asked. */
  takeComplaints(): string[];
}

type StartOptions = Omit<CrashingServerOptions, "config" | "aheadMs">;

export async function openCrashSite({
  kind,
  awayMs,
}: {
  readonly kind: Database["kind"];
  readonly awayMs: number;
}): Promise<CrashSite> {
  const rootKey = `root_${randomBytes(24).toString("base64url")}`;
  const home = kind === "postgres" ? await openServerDatabase() : await openDirectory();
  const config: Omit<Config, "database"> = {
    mode: "serve",
    roles: ["api", "dispatcher"],
    host: "127.0.0.1",
    port: 0,
    monitoring: null,
    rootKey,
    encryptionKeys: `test:${randomBytes(32).toString("base64")}`,
    egressAllow: ["127.0.0.0/8"],
    trustedProxies: [],
    traces: null,
    reveal: "controlled",
    logLevel: "warn",
    retention: { eventDays: 30, attemptDays: 14 },
    maxInFlight: 200,
    endpointMaxInFlight: 16,
    requestBudgets: { free: 60, pro: 300, org: 1_000 },
  };
  const started: CrashingServer[] = [];
  let live: CrashingServer | null = null;
  let aheadMs = 0;
  let count = 0;

  const start: CrashSite["start"] = async (options = {}) => {
    count += 1;
    const name = `crash-${count}`;
    const server = await startCrashingServer(name, {
      config: { ...config, database: home.databaseOf(name) },
      aheadMs,
      armed: null,
      before: null,
      ...options,
    });
    if ("url" in server) started.push(server);
    return server;
  };
  const startAnother = async (): Promise<CrashingServer> => {
    const server = await start();
    if ("diedAt" in server) throw new Error("a server that was not armed died at its start");
    return server;
  };
  return {
    kind,
    rootKey,
    start,
    startAnother,
    live: async () => (live ??= await startAnother()),
    follow: (server) => void (live = server),
    letTimePass: () => void (aheadMs += awayMs),
    takeComplaints: () =>
      started.flatMap((server) => server.takeComplaints().map((complaint) => `${server.name}: ${complaint}`)),
    async [Symbol.asyncDispose]() {
      for (const server of started) await server[Symbol.asyncDispose]();
      await home[Symbol.asyncDispose]();
    },
  };
}

interface Home extends AsyncDisposable {
  databaseOf(name: string): Config["database"];
}

/** Each process says its name to the server, so that its connections can be told from those of others. */
async function openServerDatabase(): Promise<Home> {
  const database = await openTestDatabase({ kind: "postgres" });
  return {
    databaseOf(name) {
      const url = new URL(database.url ?? "");
      url.searchParams.set("application_name", name);
      return { kind: "postgres", url: url.href, poolSize: 10 };
    },
    [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
  };
}

async function openDirectory(): Promise<Home> {
  const directory = await mkdtemp(join(tmpdir(), "posthorn-crash-"));
  await cp(await embeddedTemplate(new Date()), directory, { recursive: true });
  return {
    databaseOf: () => ({ kind: "embedded", directory }),
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }),
  };
}
