/**
 * The native API on a real database and a real port, with a clock that stands still until told. What is published is
 * stored and waits: nothing is sent without an engine, whose ports a test gives where it needs them.
 */
import { randomBytes } from "node:crypto";

import { createFakeClock, type FakeClock } from "../../../devkit/fake-clock.ts";
import { hashToken } from "../../src/core/access/api-key-token.ts";
import { createPasswordQueue } from "../../src/core/access/password-queue.ts";
import type { CoreContext, EnginePorts } from "../../src/core/context.ts";
import { parseKeyRing } from "../../src/core/encryption/key-ring.ts";
import { EventFeed } from "../../src/core/feed/event-feed.ts";
import { createNativeApp } from "../../src/dialects/native/app.ts";
import { createPublishHandler } from "../../src/dialects/native/events/publish-handler.ts";
import { EventStreams } from "../../src/http/event-streams.ts";
import { parseTrustedProxies } from "../../src/http/client-address.ts";
import { listen } from "../../src/http/listen.ts";
import { PublisherDirectory } from "../../src/pipeline/publish/recognise-publisher.ts";
import { simulateOutage } from "../../src/pipeline/simulate/simulate-outage.ts";
import { EventStore } from "../../src/pipeline/store/event-store.ts";
import type { ApiRecord } from "../openapi/check-answer.ts";
import { type ApiClient, createApiClient } from "./api-client.ts";
import { openTestDatabase, type TestDatabase } from "./database.ts";
import { WHOLE_CAP } from "../../src/pipeline/dispatch/cap-share.ts";

const EVENT_DAYS = 30;

export interface StartApiOptions {
  readonly engine?: Partial<EnginePorts>;
  readonly checkTarget?: CoreContext["checkTarget"];
  readonly trustedProxies?: readonly string[];
  readonly reveals?: boolean;
  readonly now?: Date;
  /** Told of each answer to a declared route, whichever client got it. */
  readonly onRecord?: (record: ApiRecord) => void;
}

export interface TestApi extends AsyncDisposable {
  readonly url: string;
  readonly rootKey: string;
  readonly context: CoreContext;
  readonly database: TestDatabase;
  readonly clock: FakeClock;
  readonly streams: EventStreams;
  /** Every error that the API reported as its own fault. A test that expects none asserts that this is empty. */
  readonly faults: unknown[];
  /** A client with the root key, or with another token. Every answer is checked against the OpenAPI document. */
  client(token?: string | null): ApiClient;
}

export async function startApi(options: StartApiOptions = {}): Promise<TestApi> {
  const now = options.now ?? new Date();
  const database = await openTestDatabase({ now });
  const clock = createFakeClock(now);
  const rootKey = `root-${randomBytes(16).toString("hex")}`;
  const rootKeyHash = hashToken(rootKey);
  const faults: unknown[] = [];
  const context: CoreContext = {
    database,
    clock,
    keyRing: parseKeyRing(`test:${randomBytes(32).toString("base64")}`),
    passwordQueue: createPasswordQueue(),
    reveals: options.reveals ?? true,
    checkTarget: options.checkTarget ?? (async (url) => ({ ok: true, url, credentials: null })),
    engine: {
      wakeDispatch() {},
      sendTest: () => Promise.reject(new Error("this test gave no sendTest")),
      sendProbe: () => Promise.reject(new Error("this test gave no sendProbe")),
      simulate: (scenario) => simulateOutage(scenario, { defaultMaxInFlight: 16 }),
      ...options.engine,
    },
  };
  const trustedProxies = parseTrustedProxies(options.trustedProxies ?? []);
  const onFault = (error: unknown): void => void faults.push(error);
  const feed = new EventFeed({ database, onError: onFault });
  const streams = new EventStreams();
  const app = createNativeApp({
    context,
    rootKeyHash,
    trustedProxies,
    version: "0.0.0-test",
    onFault,
    feed,
    streams,
    eventDays: EVENT_DAYS,
  });
  const store = createStoreWithoutEngine(context);
  const publishers = new PublisherDirectory(context, rootKeyHash);
  const publish = createPublishHandler({ store, publishers, trustedProxies, onFault });
  const server = await listen({ fetch: app.fetch, publish, host: "127.0.0.1", port: 0 });
  return {
    url: server.url,
    rootKey,
    context,
    database,
    clock,
    faults,
    client: (token = rootKey) => createApiClient({ baseUrl: server.url, token, onRecord: options.onRecord }),
    streams,
    async [Symbol.asyncDispose]() {
      streams.close();
      await feed[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
      await database[Symbol.asyncDispose]();
    },
  };
}

/** Without room on the node every delivery waits in its lane. */
function createStoreWithoutEngine({ database, clock, engine }: CoreContext): EventStore {
  return new EventStore({
    database,
    clock,
    defaultMaxInFlight: 16,
    eventIdDays: EVENT_DAYS,
    nextLease: () => 1,
    capShare: () => WHOLE_CAP,
    nodeRoom: () => 0,
    crowded: () => ({ endpointIds: [], rooms: [] }),
    onLeased() {},
    onWaiting: () => engine.wakeDispatch(),
  });
}
