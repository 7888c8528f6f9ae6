/**
 * The database on a PostgreSQL server: a pool of connections, statements prepared once on each, and one connection
 * beside the pool that listens for wake-ups.
 * A connection that breaks costs the statement it carried, never the process: errors of idle connections are reported
 * and forgotten, the listener reconnects. One that falls silent is found out too: the server ends every statement in
 * its time, so whoever hears nothing shortly after that is not connected to it any more.
 * Written against pg's defaults, which drop a connection (and everything prepared on it) for every refused statement,
 * wait for ever for an answer, read int8 as text and dates in the machine's time zone.
 */
import pg from "pg";

import type { Database, Queryable, Statement } from "./database.ts";
import { DatabaseError } from "./database.ts";
import { decoderOf } from "./decode-value.ts";
import { encodeParameters } from "./encode-parameters.ts";
import { createInFlightCount } from "./in-flight-count.ts";
import { listenForWakes } from "./postgres-listener.ts";
import { type LentConnection, PostgresPool } from "./postgres-pool.ts";
import { SESSION_SETTINGS } from "./session-settings.ts";
import { coalesce, createWakeListeners, WAKE_INTERVAL_MS } from "./wake-listeners.ts";

export interface PostgresOptions {
  /** A connection URL, `postgres://user:password@host:port/database`. */
  readonly url: string;
  /** Connections for statements; one more listens. */
  readonly poolSize: number;
  /** What the server lets a statement take; default 10 s. Migrations take as long as they need. */
  readonly statementTimeoutMs?: number | undefined;
  /** Told of failures that no caller waits for: a lost idle connection, a lost listener. Never given a secret. */
  readonly onError?: ((error: unknown, doing: string) => void) | undefined;
}

export interface PostgresDatabase extends Database {
  readonly kind: "postgres";
}

const OLDEST_SERVER_VERSION = 150_000;
/** Nothing that a server does takes seconds; what does is stuck, and a publisher waits for it. */
const STATEMENT_TIMEOUT_MS = 10_000;
/** What the network may add before a connection counts as lost. */
const SILENCE_MS = 5_000;
/** An idle connection whose peer is gone is found out in about twice this. */
const KEEP_ALIVE_MS = 10_000;
/** A transaction that waits this long between statements belongs to a process that hangs; others wait for its locks. */
const IDLE_IN_TRANSACTION_TIMEOUT_MS = 10_000;
const CONNECT_TIMEOUT_MS = 10_000;

/** @throws DatabaseError when the server cannot be reached or is older than PostgreSQL 15. */
export async function openPostgres(options: PostgresOptions): Promise<PostgresDatabase> {
  const onError = options.onError ?? (() => {});
  const statementTimeoutMs = options.statementTimeoutMs ?? STATEMENT_TIMEOUT_MS;
  const connection: pg.ClientConfig = {
    connectionString: options.url,
    application_name: "posthorn",
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    statement_timeout: statementTimeoutMs,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_TIMEOUT_MS,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_MS,
    options: SESSION_SETTINGS.map(([name, value]) => `-c ${name}=${value}`).join(" "),
  };
  const pool = new PostgresPool({
    connection,
    size: options.poolSize,
    answerMs: statementTimeoutMs + SILENCE_MS,
    onIdleError: (error) => onError(error, "keeping an idle database connection"),
  });

  try {
    await withConnection(pool, refuseOldServer);
  } catch (error) {
    await pool.end();
    throw error;
  }
  return createDatabase(pool, connection, onError);
}

function createDatabase(
  pool: PostgresPool,
  connection: pg.ClientConfig,
  onError: (error: unknown, doing: string) => void,
): PostgresDatabase {
  const inFlight = createInFlightCount();
  const listeners = createWakeListeners(onError);
  let listener: ReturnType<typeof listenForWakes> | undefined;

  const wakes = coalesce(WAKE_INTERVAL_MS, async () => {
    listeners.callAll();
    if (inFlight.closed) return;
    try {
      await inFlight.run(() =>
        withConnection(pool, (lent) => runStatement(lent, NOTIFY, [listener?.ownPayload ?? "another node"])),
      );
    } catch (error) {
      onError(error, "waking the other nodes");
    }
  });

  return {
    kind: "postgres",
    query<Row extends object>(statement: Statement, parameters: readonly unknown[]) {
      return inFlight.run(() => withConnection(pool, (lent) => runStatement<Row>(lent, statement, parameters)));
    },
    script: (text) => inFlight.run(() => withConnection(pool, (lent) => runScript(lent, text))),
    transaction: (work) => inFlight.run(() => withConnection(pool, (lent) => runTransaction(lent, work))),
    wake: () => wakes.call(),
    onWake(call) {
      listener ??= listenForWakes({ connection, onWake: () => listeners.callAll(), onError });
      return listeners.add(call);
    },
    connections: () => pool.counts,
    async [Symbol.asyncDispose]() {
      if (inFlight.closed) return;
      wakes.stop();
      await inFlight.close();
      await listener?.[Symbol.asyncDispose]();
      await pool.end();
    },
  };
}

const NOTIFY: Statement = { name: "wake", text: "select pg_notify('posthorn_wake', $1::text)" };
const BEGIN: Statement = { name: "begin", text: "begin isolation level read committed" };
const COMMIT: Statement = { name: "commit", text: "commit" };
const ROLLBACK: Statement = { name: "rollback", text: "rollback" };

/** Lends a connection. One that broke is closed; one whose statement was refused goes back to the pool. */
async function withConnection<T>(pool: PostgresPool, work: (lent: LentConnection) => Promise<T>): Promise<T> {
  let lent: LentConnection;
  try {
    lent = await pool.lend();
  } catch (error) {
    throw toDatabaseError(error, "connecting", "08001");
  }
  let unusable = false;
  try {
    return await work(lent);
  } catch (error) {
    unusable = error instanceof DatabaseError && leavesConnectionUnusable(error);
    throw error;
  } finally {
    lent.giveBack({ unusable });
  }
}

async function runTransaction<T>(lent: LentConnection, work: (transaction: Queryable) => Promise<T>): Promise<T> {
  let ended = false;
  const refuseAfterEnd = () => {
    if (ended) throw new Error("a statement was sent to a transaction that has ended");
  };
  const transaction: Queryable = {
    async query<Row extends object>(statement: Statement, parameters: readonly unknown[]) {
      refuseAfterEnd();
      return runStatement<Row>(lent, statement, parameters);
    },
    async script(text) {
      refuseAfterEnd();
      return runScript(lent, text);
    },
  };

  await send(lent, BEGIN.name, { text: BEGIN.text });
  try {
    const result = await work(transaction);
    ended = true;
    await commit(lent);
    return result;
  } catch (error) {
    ended = true;
    await rollBack(lent);
    throw error;
  }
}

/** A commit of a transaction in which a statement failed is answered with a rollback: that is a failure too. */
async function commit(lent: LentConnection): Promise<void> {
  const answer = await send(lent, COMMIT.name, { text: COMMIT.text });
  if (answer.command !== "ROLLBACK") return;
  throw new DatabaseError("commit: a statement of the transaction had failed, so it was rolled back", {
    code: "25P02",
  });
}

async function rollBack(lent: LentConnection): Promise<void> {
  try {
    await send(lent, ROLLBACK.name, { text: ROLLBACK.text });
  } catch {
    // The connection is gone, and the transaction with it; the error that led here is the one to report.
  }
}

async function runStatement<Row extends object>(
  lent: LentConnection,
  statement: Statement,
  parameters: readonly unknown[],
): Promise<Row[]> {
  const values = encodeParameters(statement.name, parameters);
  const result = await send(lent, statement.name, {
    name: statement.name,
    text: statement.text,
    values,
    types: TYPES,
  });
  return result.rows as Row[];
}

/** Migrations are scripts, so nobody but the server says how long one may take. */
async function runScript(lent: LentConnection, text: string): Promise<void> {
  await inOurWords("script", () => lent.askPatiently({ text }));
}

async function send(lent: LentConnection, doing: string, query: pg.QueryConfig): Promise<pg.QueryResult> {
  return inOurWords(doing, () => lent.ask(query));
}

async function inOurWords(doing: string, ask: () => Promise<pg.QueryResult>): Promise<pg.QueryResult> {
  try {
    return await ask();
  } catch (error) {
    throw toDatabaseError(error, doing, "08006");
  }
}

const TYPES: pg.CustomTypesConfig = { getTypeParser: decoderOf };

async function refuseOldServer(lent: LentConnection): Promise<void> {
  const rows = await runStatement<{ number: number; name: string }>(lent, SERVER_VERSION, []);
  const version = rows[0];
  if (!version || version.number < OLDEST_SERVER_VERSION) {
    throw new DatabaseError(`PostgreSQL 15 or newer is needed; the server is ${version?.name ?? "unknown"}`, {
      code: "0A000",
    });
  }
}

const SERVER_VERSION: Statement = {
  name: "server-version",
  text: "select current_setting('server_version_num')::int as number, current_setting('server_version') as name",
};

/**
 * Keeps the server's SQLSTATE and constraint. The driver's error is not kept as the cause where the server wrote it:
 * its detail quotes the row that was refused.
 */
function toDatabaseError(error: unknown, doing: string, codeWithoutServer: string): DatabaseError {
  if (error instanceof pg.DatabaseError && error.code !== undefined) {
    return new DatabaseError(`${doing}: ${error.message}`, { code: error.code, constraint: error.constraint });
  }
  const message = error instanceof Error ? error.message || error.name : String(error);
  return new DatabaseError(`${doing}: ${message}`, { code: codeWithoutServer, cause: error });
}

/**
 * Class 08 is a lost connection; 57P… and 25P03 say that the server ends it. 0A000 and 26000 say that a statement
 * prepared on it no longer fits the tables: a new connection prepares it anew. 25006 is a server that takes no writes:
 * after a failover the name leads to another one.
 */
function leavesConnectionUnusable({ code }: DatabaseError): boolean {
  return code.startsWith("08") || code.startsWith("57P") || ["25P03", "25006", "0A000", "26000"].includes(code);
}
