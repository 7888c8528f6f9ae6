/**
 * The real server in this process: real database, real sockets, every stage at work. By default its clock stands still
 * until told and no recurring task runs. Stories wait for what the engine tells its watchers, never for time: `until`
 * looks again whenever something was recorded, stored or stopped.
 */
import { randomBytes } from "node:crypto";

import { createFakeClock, type FakeClock } from "../../../devkit/fake-clock.ts";
import type { Config } from "../../src/config.ts";
import { createLog, type Log } from "../../src/log.ts";
import { type Server, type ServerOverrides, startServer } from "../../src/server.ts";
import { type ApiClient, createApiClient } from "./api-client.ts";
import { openTestDatabase, type TestDatabase } from "./database.ts";
import { testConfig } from "./test-config.ts";

export interface StartTestServerOptions {
  /** Shared with other servers; stays open after this one. Default: one of its own. */
  readonly database?: TestDatabase;
  /** Default: a fake clock at the present. */
  readonly clock?: FakeClock;
  readonly config?: Partial<Config>;
  readonly overrides?: ServerOverrides;
  /** Default: silent. */
  readonly log?: Log;
}

export interface TestServer extends AsyncDisposable {
  readonly server: Server;
  readonly database: TestDatabase;
  readonly clock: FakeClock;
  readonly rootKey: string;
  /** With the root key, or with another token. Every answer is checked against the OpenAPI document. */
  client(token?: string | null): ApiClient;
  /** Moves the clock; what became due is claimed at once. */
  advance(byMs: number): Promise<void>;
  /** Resolves with the first answer of `look` that is not null; looks again after each thing the engine tells. */
  until<T>(look: () => Promise<T | null>): Promise<T>;
}

/** A look that is asked for more often than this waits for something that never comes. */
const MAX_LOOKS = 1_000;

export async function startTestServer(options: StartTestServerOptions = {}): Promise<TestServer> {
  const clock = options.clock ?? createFakeClock(new Date());
  await using stack = new AsyncDisposableStack();
  const database = options.database ?? stack.use(await openTestDatabase({ now: clock.now() }));
  const rootKey = options.config?.rootKey ?? `root-${randomBytes(16).toString("hex")}`;
  const signals = new Set<() => void>();
  const signal = (): void => {
    for (const call of signals) call();
  };
  const server = stack.use(
    await startServer(testConfig(rootKey, options.config), options.log ?? createLog("silent"), {
      database,
      clock,
      withoutMaintenance: true,
      watcher: { recorded: signal, stored: signal, endpointJudged: signal, rescued: signal },
      ...options.overrides,
    }),
  );
  const resources = stack.move();
  return {
    server,
    database,
    clock,
    rootKey,
    client: (token = rootKey) => createApiClient({ baseUrl: server.url, token }),
    async advance(byMs) {
      clock.advance(byMs);
      while ((await server.engine.dispatchOnce()) > 0);
    },
    async until(look) {
      for (let looks = 0; looks < MAX_LOOKS; looks += 1) {
        const told = Promise.withResolvers<void>();
        signals.add(told.resolve);
        const found = await look();
        if (found !== null) {
          signals.delete(told.resolve);
          return found;
        }
        await told.promise;
        signals.delete(told.resolve);
      }
      throw new Error(`looked ${MAX_LOOKS} times`);
    },
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}
