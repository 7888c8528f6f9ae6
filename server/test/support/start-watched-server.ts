/**
 * A whole server on a database of its own, with its monitoring port open, its log kept, and a clock that stands still
 * until told. No recurring task runs. Waits for what the engine tells its watchers, never for time.
 */
import { randomBytes } from "node:crypto";
import { Writable } from "node:stream";

import { pino } from "pino";
import { expect } from "vitest";

import { createFakeClock, type FakeClock } from "../../../devkit/fake-clock.ts";
import type { LogLevel } from "../../src/config.ts";
import type { Database } from "../../src/db/database.ts";
import { type Server, startServer } from "../../src/server.ts";
import { testConfig } from "./test-config.ts";

export interface WatchedServer extends AsyncDisposable {
  readonly server: Server;
  readonly clock: FakeClock;
  /** What was logged so far, parsed. */
  readonly log: readonly Readonly<Record<string, unknown>>[];
  /** The path of a new tenant, with these event types registered. */
  newTenant(...types: string[]): Promise<string>;
  /** Expects a success; resolves to the answer's body. */
  send(method: "GET" | "POST" | "PUT", path: string, body?: object): Promise<Record<string, unknown>>;
  /** Asks the monitoring port. */
  probe(path: string, init?: RequestInit): Promise<Response>;
  /** The value of each series, such as `posthorn_events_stored_total{source="publish"}`. */
  scrape(): Promise<ReadonlyMap<string, number>>;
  /** Resolves once so many attempts were recorded in all. */
  recorded(attempts: number): Promise<void>;
  /** Resolves once so many deliveries in all went back to wait, or ended, without an attempt. */
  settled(deliveries: number): Promise<void>;
}

export async function startWatchedServer(options: {
  /** Open and migrated; stays open after the server. */
  readonly database: Database;
  readonly logLevel?: LogLevel;
  /** Default: a key that belongs to the database, the same for every server on it. */
  readonly encryptionKeys?: string;
  /** When the clock stands; default: the present. */
  readonly now?: Date;
}): Promise<WatchedServer> {
  const clock = createFakeClock(options.now ?? new Date());
  const log: Record<string, unknown>[] = [];
  const stream = new Writable({
    write(line: Buffer, _encoding, done) {
      log.push(JSON.parse(line.toString()) as Record<string, unknown>);
      done();
    },
  });
  const attempts = createCount();
  const withoutAttempt = createCount();
  const rootKey = `root_${randomBytes(16).toString("hex")}`;
  const server = await startServer(
    testConfig(rootKey, {
      monitoring: { host: "127.0.0.1", port: 0 },
      encryptionKeys: options.encryptionKeys ?? keyOf(options.database),
      logLevel: options.logLevel ?? "silent",
    }),
    pino({ level: options.logLevel ?? "silent", base: null }, stream),
    {
      database: options.database,
      clock,
      withoutMaintenance: true,
      watcher: {
        recorded({ rows }) {
          for (const row of rows) (row.attempt_id === null ? withoutAttempt : attempts).add();
        },
      },
    },
  );

  const send: WatchedServer["send"] = async (method, path, body) => {
    const response = await fetch(new URL(path, server.url), {
      method,
      headers: { authorization: `Bearer ${rootKey}`, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const answered = (await response.json()) as Record<string, unknown>;
    expect(response.ok, JSON.stringify(answered)).toBe(true);
    return answered;
  };
  const probe: WatchedServer["probe"] = (path, init) => fetch(new URL(path, server.monitoringUrl ?? ""), init);
  return {
    server,
    clock,
    log,
    send,
    probe,
    async newTenant(...types) {
      const { slug } = await send("POST", "/v1/tenants", { name: "Watched" });
      const path = `/v1/tenants/${String(slug)}`;
      for (const type of types) await send("PUT", `${path}/event-types/${type}`, {});
      return path;
    },
    async scrape() {
      const response = await probe("/metrics");
      expect(response.status).toBe(200);
      return readSeries(await response.text());
    },
    recorded: attempts.reached,
    settled: withoutAttempt.reached,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

const keys = new WeakMap<Database, string>();

/** What one server sealed the next one on the same database has to open. */
function keyOf(database: Database): string {
  const key = keys.get(database) ?? `test:${randomBytes(32).toString("base64")}`;
  keys.set(database, key);
  return key;
}

interface Count {
  add(): void;
  /** Resolves once it is so much. */
  reached(much: number): Promise<void>;
}

function createCount(): Count {
  const waiting: { readonly much: number; readonly resolve: () => void }[] = [];
  let count = 0;
  return {
    add() {
      count += 1;
      for (const one of waiting) if (count >= one.much) one.resolve();
    },
    async reached(much) {
      if (count < much) await new Promise<void>((resolve) => waiting.push({ much, resolve }));
    },
  };
}

function readSeries(text: string): Map<string, number> {
  const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return new Map(
    lines.map((line) => {
      const end = line.lastIndexOf(" ");
      return [line.slice(0, end), Number(line.slice(end + 1))];
    }),
  );
}
