/**
 * The other end of `embedded-worker.ts`: starts the thread, matches answers to calls, and makes sure that every call
 * ends. A database or a thread that dies fails the calls under way and all later ones with 08006, so nobody waits for
 * an answer that cannot come, and nothing more is asked of a database whose memory may be damaged.
 */
import { Worker } from "node:worker_threads";

import { DatabaseError } from "./database.ts";
import type { EmbeddedReply, EmbeddedRequest, EmbeddedWorkerOptions } from "./embedded-worker.ts";

export interface EmbeddedThread {
  /** One call of PGlite; calls are answered in order. The buffer is handed over and must not be used afterwards. */
  call(bytes: Buffer): Promise<Buffer>;
  /** Closes the database and ends the thread. */
  close(): Promise<void>;
  /** Resolves, never rejects, when the database is gone for good by itself. */
  readonly died: Promise<Error>;
}

interface Call {
  readonly id: number;
  readonly resolve: (bytes: Buffer) => void;
  readonly reject: (error: Error) => void;
}

/** @throws DatabaseError when the database does not open. */
export async function startEmbeddedThread(
  options: EmbeddedWorkerOptions,
  onError: (error: unknown, doing: string) => void,
): Promise<EmbeddedThread> {
  /** Oldest first. */
  const calls: Call[] = [];
  const opened = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<void>();
  const died = Promise.withResolvers<Error>();
  let lastId = 0;
  let death: DatabaseError | undefined;
  let closing = false;

  const worker = startWorker(options);
  worker.on("message", (reply: EmbeddedReply) => {
    switch (reply.kind) {
      case "opened":
        opened.resolve();
        return;
      case "failed_to_open":
        die(`the embedded database did not open: ${reply.reason}`);
        return;
      case "answered":
        take(reply.id)?.resolve(Buffer.from(reply.bytes.buffer, reply.bytes.byteOffset, reply.bytes.byteLength));
        return;
      case "crashed":
        die(`the embedded database died: ${reply.reason}`);
        return;
      default:
        reply satisfies never;
    }
  });
  worker.on("error", (error) => die(`the embedded database's thread died: ${String(error)}`, error));
  worker.on("messageerror", (error) => die("an answer of the embedded database could not be read", error));
  worker.on("exit", (code) => {
    if (!closing) die(`the embedded database's thread ended with code ${code}`);
    ended.resolve();
  });

  const take = (id: number) => {
    const [oldest] = calls;
    return oldest?.id === id ? calls.shift() : undefined;
  };
  const die = (message: string, cause?: unknown) => {
    if (death) return;
    death = new DatabaseError(message, { code: "08006", cause });
    opened.reject(death);
    onError(death, "running the embedded database");
    died.resolve(death);
    for (const call of calls.splice(0)) call.reject(death);
    void worker.terminate();
  };

  await opened.promise;
  return {
    died: died.promise,
    call(bytes) {
      if (death) return Promise.reject(death);
      const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
      lastId += 1;
      calls.push({ id: lastId, resolve, reject });
      worker.postMessage({ id: lastId, bytes } satisfies EmbeddedRequest, [bytes.buffer as ArrayBuffer]);
      return promise;
    },
    async close() {
      closing = true;
      if (!death) worker.postMessage({ close: true } satisfies EmbeddedRequest);
      await ended.promise;
    },
  };
}

/** From source the thread runs TypeScript by type stripping; in the published package it is JavaScript. */
function startWorker(workerData: EmbeddedWorkerOptions): Worker {
  return import.meta.url.endsWith(".ts")
    ? new Worker(new URL("./embedded-worker.ts", import.meta.url), {
        workerData,
        execArgv: ["--conditions=posthorn-source"],
      })
    : new Worker(new URL("./embedded-worker.js", import.meta.url), { workerData, execArgv: [] });
}
