/**
 * One connection that listens for the wake-ups of other nodes, and comes back whenever it is lost.
 * Wake-ups may have been missed while it was away, so a new connection counts as one. A node hears its own wake-ups
 * without the server, hence its own notifications are known by their payload and skipped.
 */
import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";

import pg from "pg";

import { endConnection } from "./end-connection.ts";

export interface WakeListener extends AsyncDisposable {
  /** What this node's own notifications carry. */
  readonly ownPayload: string;
}

const FIRST_WAIT_MS = 100;
const LONGEST_WAIT_MS = 5_000;

export function listenForWakes(options: {
  readonly connection: pg.ClientConfig;
  readonly onWake: () => void;
  readonly onError: (error: unknown, doing: string) => void;
}): WakeListener {
  const ownPayload = randomUUID();
  const stopping = new AbortController();
  const loop = keepListening({ ...options, ownPayload, signal: stopping.signal });
  return {
    ownPayload,
    async [Symbol.asyncDispose]() {
      stopping.abort();
      await loop;
    },
  };
}

interface Listening {
  readonly connection: pg.ClientConfig;
  readonly ownPayload: string;
  readonly onWake: () => void;
  readonly onError: (error: unknown, doing: string) => void;
  readonly signal: AbortSignal;
}

async function keepListening(options: Listening): Promise<void> {
  let waitMs = FIRST_WAIT_MS;
  while (!options.signal.aborted) {
    try {
      await listenOnce(options, () => {
        waitMs = FIRST_WAIT_MS;
      });
    } catch (error) {
      if (options.signal.aborted) return;
      options.onError(error, "listening for wake-ups");
      await pause(waitMs, undefined, { signal: options.signal }).catch(() => {});
      waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS);
    }
  }
}

/** Resolves when told to stop, rejects when the connection is lost. */
async function listenOnce(options: Listening, onListening: () => void): Promise<void> {
  const client = new pg.Client(options.connection);
  const lost = Promise.withResolvers<never>();
  lost.promise.catch(() => {});
  client.on("error", lost.reject);
  client.on("end", () => lost.reject(new Error("the connection was closed")));
  client.on("notification", ({ payload }) => {
    if (payload !== options.ownPayload) options.onWake();
  });
  const listenUntilLost = async () => {
    await client.connect();
    await client.query("listen posthorn_wake");
    onListening();
    options.onWake();
    await lost.promise;
  };
  try {
    await Promise.race([listenUntilLost(), aborted(options.signal)]);
  } finally {
    await endConnection(client);
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
