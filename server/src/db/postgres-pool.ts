/**
 * The connections of a PostgreSQL database, lent one at a time. An answer that does not come in time costs the
 * connection, and every other one of the same age is given up before it is lent again: where the network swallows what
 * is sent, they are all as dead. Written against a pool that lends dead connections one after the other, and waits for
 * ever on each of them.
 */
import { once } from "node:events";

import pg from "pg";

import { GOODBYE_MS } from "./end-connection.ts";

export interface LentConnection {
  /** Rejects when the connection is lost, and loses it when no answer comes in time. */
  ask(query: pg.QueryConfig): Promise<pg.QueryResult>;
  /** Waits for the answer however long it takes. */
  askPatiently(query: pg.QueryConfig): Promise<pg.QueryResult>;
  /** Gives it back. One that broke, was lost or is `unusable` is closed. */
  giveBack(options: { readonly unusable: boolean }): void;
}

export interface PoolOptions {
  readonly connection: pg.ClientConfig;
  readonly size: number;
  /** How long an answer may take. */
  readonly answerMs: number;
  /** A connection broke while nobody used it. */
  readonly onIdleError: (error: unknown) => void;
}

export class PostgresPool {
  readonly #pool: pg.Pool;
  readonly #answerMs: number;
  /** Open connections, with the generation they were opened in. */
  readonly #open = new Map<pg.PoolClient, number>();
  /** Raised when a connection fell silent: those of earlier generations are not lent any more. */
  #generation = 0;

  constructor({ connection, size, answerMs, onIdleError }: PoolOptions) {
    this.#answerMs = answerMs;
    this.#pool = new pg.Pool({ ...connection, max: size });
    this.#pool.on("error", onIdleError);
    this.#pool.on("connect", (client) => void this.#open.set(client, this.#generation));
    this.#pool.on("remove", (client) => void this.#open.delete(client));
  }

  get counts(): { readonly total: number; readonly idle: number; readonly waiting: number } {
    return { total: this.#pool.totalCount, idle: this.#pool.idleCount, waiting: this.#pool.waitingCount };
  }

  /** Rejects with the driver's error when none can be had. */
  async lend(): Promise<LentConnection> {
    for (;;) {
      const client = await this.#pool.connect();
      if (this.#open.get(client) === this.#generation) return this.#lent(client);
      client.connection.stream.destroy();
      client.release(true);
    }
  }

  /** Call when every connection is given back. Resolves when all are closed, the silent ones after a moment. */
  async end(): Promise<void> {
    const closed = [...this.#open.keys()].map((client) => once(client, "end"));
    const timer = setTimeout(() => {
      for (const client of this.#open.keys()) client.connection.stream.destroy();
    }, GOODBYE_MS);
    await this.#pool.end();
    await Promise.all(closed);
    clearTimeout(timer);
  }

  #lent(client: pg.PoolClient): LentConnection {
    let isBroken = false;
    const onBroken = (): void => {
      isBroken = true;
    };
    client.on("error", onBroken);
    return {
      ask: (query) => this.#askInTime(client, query),
      askPatiently: (query) => client.query(query),
      giveBack: ({ unusable }) => {
        client.off("error", onBroken);
        client.release(isBroken || unusable);
      },
    };
  }

  /**
   * By callback: beside the driver's own promise nearly all that a statement was made of (its parameters, its rows, and
   * what hangs on them) outlives it until the next full collection: twenty times the bytes.
   */
  async #askInTime(client: pg.PoolClient, query: pg.QueryConfig): Promise<pg.QueryResult> {
    const timer = setTimeout(() => {
      this.#generation += 1;
      client.connection.stream.destroy(new Error(`no answer within ${this.#answerMs / 1000} s`));
    }, this.#answerMs);
    try {
      return await new Promise<pg.QueryResult>((resolve, reject) => {
        client.query(query, (error: Error | null, result) => (error === null ? resolve(result) : reject(error)));
      });
    } finally {
      clearTimeout(timer);
    }
  }
}
