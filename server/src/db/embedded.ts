/**
 * The database inside this process: PGlite (PostgreSQL compiled to WebAssembly) in a thread of its own.
 * There is one session, so a transaction has the database to itself: statements of others wait until it ends, in the
 * order in which they came. Written against a statement slipping into somebody else's open transaction.
 */
import { mkdir } from "node:fs/promises";

import type { Database, Queryable, Statement } from "./database.ts";
import { DatabaseError } from "./database.ts";
import type { Answer, Column } from "./embedded-answer.ts";
import { readAnswer } from "./embedded-answer.ts";
import { executeMessage, firstExecuteMessage, scriptMessage } from "./embedded-messages.ts";
import { startEmbeddedThread } from "./embedded-thread.ts";
import type { EmbeddedThread } from "./embedded-thread.ts";
import { encodeParameters } from "./encode-parameters.ts";
import { holdDirectory } from "./hold-directory.ts";
import { createInFlightCount } from "./in-flight-count.ts";
import { coalesce, createWakeListeners, WAKE_INTERVAL_MS } from "./wake-listeners.ts";

export interface EmbeddedOptions {
  /** Where the data is kept, made if it is missing; null keeps it in memory. */
  readonly directory: string | null;
  /** Told of failures that no caller waits for, such as the death of the thread. */
  readonly onError?: ((error: unknown, doing: string) => void) | undefined;
}

export interface EmbeddedDatabase extends Database {
  readonly kind: "embedded";
  /** Resolves, never rejects, when the database is gone for good by itself; every call fails then. */
  readonly died: Promise<Error>;
}

/** @throws DirectoryHeldError when another process has the directory open; DatabaseError when it does not open. */
export async function openEmbedded(options: EmbeddedOptions): Promise<EmbeddedDatabase> {
  const onError = options.onError ?? (() => {});
  const hold = options.directory === null ? undefined : await holdNew(options.directory);
  try {
    const thread = await startEmbeddedThread({ directory: options.directory }, onError);
    return createDatabase(thread, hold, onError);
  } catch (error) {
    await hold?.[Symbol.asyncDispose]();
    throw error;
  }
}

async function holdNew(directory: string): Promise<AsyncDisposable> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  return holdDirectory(directory);
}

function createDatabase(
  thread: EmbeddedThread,
  hold: AsyncDisposable | undefined,
  onError: (error: unknown, doing: string) => void,
): EmbeddedDatabase {
  const session = createSession(thread);
  const inFlight = createInFlightCount();
  const listeners = createWakeListeners(onError);
  const wakes = coalesce(WAKE_INTERVAL_MS, async () => listeners.callAll());
  /** The end of the last transaction that was asked for: whoever comes after it waits for it. */
  let lastTransaction: Promise<void> | undefined;

  return {
    kind: "embedded",
    died: thread.died,
    query<Row extends object>(statement: Statement, parameters: readonly unknown[]) {
      return inFlight.run(async () => {
        if (lastTransaction) await lastTransaction;
        return session.query<Row>(statement, parameters);
      });
    },
    script(text) {
      return inFlight.run(async () => {
        if (lastTransaction) await lastTransaction;
        return session.script(text);
      });
    },
    transaction(work) {
      return inFlight.run(async () => {
        const ended = Promise.withResolvers<void>();
        const before = lastTransaction;
        lastTransaction = ended.promise;
        try {
          if (before) await before;
          return await runTransaction(session, work);
        } finally {
          if (lastTransaction === ended.promise) lastTransaction = undefined;
          ended.resolve();
        }
      });
    },
    wake: () => wakes.call(),
    onWake: (listener) => listeners.add(listener),
    connections: () => ({ total: 1, idle: inFlight.running === 0 ? 1 : 0, waiting: Math.max(0, inFlight.running - 1) }),
    async [Symbol.asyncDispose]() {
      if (inFlight.closed) return;
      wakes.stop();
      await inFlight.close();
      await thread.close();
      await hold?.[Symbol.asyncDispose]();
    },
  };
}

interface Session extends Queryable {
  /** Runs one command without parameters and says what it came to, such as `COMMIT` or `ROLLBACK`. */
  command(text: string): Promise<string>;
}

interface Prepared {
  readonly text: string;
  readonly columns: readonly Column[];
}

/** The one session of the database, with its prepared statements. Each method is one call of the thread. */
function createSession(thread: EmbeddedThread): Session {
  const prepared = new Map<string, Prepared>();

  const call = async (doing: string, message: Buffer, columns: readonly Column[]): Promise<Answer> => {
    const answer = readAnswer(await thread.call(message), columns);
    if (!answer.refusal) return answer;
    const { code, message: why, constraint } = answer.refusal;
    throw new DatabaseError(`${doing}: ${why}`, { code, constraint });
  };

  return {
    async query<Row extends object>(statement: Statement, parameters: readonly unknown[]) {
      const { name, text } = statement;
      const known = prepared.get(name);
      if (known && known.text !== text) throw new Error(`two statements are named ${name}`);
      const values = encodeParameters(name, parameters);
      if (!known) {
        const answer = await call(name, firstExecuteMessage(name, text, values), []);
        prepared.set(name, { text, columns: answer.columns });
        return answer.rows as Row[];
      }
      try {
        return (await call(name, executeMessage(name, values), known.columns)).rows as Row[];
      } catch (error) {
        if (error instanceof DatabaseError && isOutdated(error)) prepared.delete(name);
        throw error;
      }
    },
    async script(text) {
      await call("script", scriptMessage(text), []);
    },
    async command(text) {
      return (await call(text, scriptMessage(text), [])).command;
    },
  };
}

/** The tables changed under a prepared statement (0A000) or it is gone (26000): it is parsed anew the next time. */
function isOutdated(error: DatabaseError): boolean {
  return error.code === "0A000" || error.code === "26000";
}

async function runTransaction<T>(session: Session, work: (transaction: Queryable) => Promise<T>): Promise<T> {
  let ended = false;
  const refuseAfterEnd = () => {
    if (ended) throw new Error("a statement was sent to a transaction that has ended");
  };
  const transaction: Queryable = {
    async query<Row extends object>(statement: Statement, parameters: readonly unknown[]) {
      refuseAfterEnd();
      return session.query<Row>(statement, parameters);
    },
    async script(text) {
      refuseAfterEnd();
      return session.script(text);
    },
  };

  await session.command("begin isolation level read committed");
  try {
    const result = await work(transaction);
    ended = true;
    await commit(session);
    return result;
  } catch (error) {
    ended = true;
    // It fails only when the database has died: the error that led here is the one to report.
    await session.command("rollback").catch(() => {});
    throw error;
  }
}

/** A commit of a transaction in which a statement failed is answered with a rollback: that is a failure too. */
async function commit(session: Session): Promise<void> {
  if ((await session.command("commit")) !== "ROLLBACK") return;
  throw new DatabaseError("commit: a statement of the transaction had failed, so it was rolled back", {
    code: "25P02",
  });
}
