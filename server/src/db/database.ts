/**
 * The database as the rest of Posthorn sees it: statements, transactions and wake-ups.
 * Two implementations (`postgres.ts`, `embedded.ts`) pass one conformance suite.
 *
 * Values, the same on both: int8 is a number (every bigint of ours is below 2^53), timestamptz a Date,
 * bytea a Uint8Array (a Buffer may be passed), uuid and text strings, arrays arrays, jsonb its parsed value
 * (pass JSON text). Statements never call now(): time is a parameter.
 */

/** One SQL statement; `name` prepares it once a connection. Every parameter is cast in the text. */
export interface Statement {
  readonly name: string;
  readonly text: string;
}

/** Something statements can be sent to: the database itself, or one transaction of it. */
export interface Queryable {
  /** Runs one statement. Throws DatabaseError. */
  query<Row extends object>(statement: Statement, parameters: readonly unknown[]): Promise<Row[]>;
  /** Runs a script of several statements without parameters (migrations, partition DDL). Throws DatabaseError. */
  script(text: string): Promise<void>;
}

export interface Database extends Queryable, AsyncDisposable {
  readonly kind: "postgres" | "embedded";
  /** Read committed. Commits when `work` resolves, rolls back when it throws. */
  transaction<T>(work: (transaction: Queryable) => Promise<T>): Promise<T>;
  /** Tells every node that something waits (NOTIFY on PostgreSQL, in process when embedded). Best effort. */
  wake(): Promise<void>;
  /** Calls `listener` at every wake-up of any node; returns the way to stop. */
  onWake(listener: () => void): () => void;
  connections(): ConnectionCounts;
}

/** The embedded database has one. */
export interface ConnectionCounts {
  /** Open, in use or not. */
  readonly total: number;
  readonly idle: number;
  /** Callers that wait for one. */
  readonly waiting: number;
}

/** A statement that the database refused. `code` is the SQLSTATE; `constraint` is set where one was violated. */
export class DatabaseError extends Error {
  override readonly name = "DatabaseError";
  readonly code: string;
  readonly constraint: string | undefined;

  constructor(message: string, options: { code: string; constraint?: string | undefined; cause?: unknown }) {
    super(message, { cause: options.cause });
    this.code = options.code;
    this.constraint = options.constraint;
  }
}
