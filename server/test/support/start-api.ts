/**
 * The native API on a real database and a real port, with a clock that stands still until told. The engine's ports are
 * given by the test where it needs them; by default what would wait simply waits.
 */
import { randomBytes } from "node:crypto";

import { createFakeClock, type FakeClock } from "../../../devkit/fake-clock.ts";
import { hashToken } from "../../src/core/access/api-key-token.ts";
import type { CoreContext, EnginePorts } from "../../src/core/context.ts";
import { parseKeyRing } from "../../src/core/encryption/key-ring.ts";
import { createNativeApp } from "../../src/dialects/native/app.ts";
import { parseTrustedProxies } from "../../src/http/client-address.ts";
import { listen, type RawHandler } from "../../src/http/listen.ts";
import { type ApiClient, createApiClient } from "./api-client.ts";
import { openTestDatabase, type TestDatabase } from "./database.ts";

export interface StartApiOptions {
  readonly engine?: Partial<EnginePorts>;
  readonly checkTarget?: CoreContext["checkTarget"];
  /** Makes the handler of the publish routes; by default nothing of these tests publishes. */
  readonly publish?: (services: { readonly context: CoreContext; readonly rootKeyHash: Uint8Array }) => RawHandler;
  readonly trustedProxies?: readonly string[];
  readonly now?: Date;
}

export interface TestApi extends AsyncDisposable {
  readonly url: string;
  readonly rootKey: string;
  readonly context: CoreContext;
  readonly database: TestDatabase;
  readonly clock: FakeClock;
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
    checkTarget: options.checkTarget ?? (async (url) => ({ ok: true, url, credentials: null })),
    engine: {
      wakeDispatch() {},
      sendTest: () => Promise.reject(new Error("this test gave no sendTest")),
      ...options.engine,
    },
  };
  const app = createNativeApp({
    context,
    rootKeyHash,
    trustedProxies: parseTrustedProxies(options.trustedProxies ?? []),
    version: "0.0.0-test",
    onFault: (error) => faults.push(error),
  });
  const publish = options.publish?.({ context, rootKeyHash }) ?? ((_request, response) => response.destroy());
  const server = await listen({ fetch: app.fetch, publish, host: "127.0.0.1", port: 0 });
  return {
    url: server.url,
    rootKey,
    context,
    database,
    clock,
    faults,
    client: (token = rootKey) => createApiClient({ baseUrl: server.url, token }),
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await database[Symbol.asyncDispose]();
    },
  };
}
