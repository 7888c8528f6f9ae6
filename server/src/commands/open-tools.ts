/**
 * What a command that works on the database beside the server needs: the database, its clock and the keys. On
 * PostgreSQL it may run while servers do; the embedded database has one process, so `posthorn dev` must be stopped.
 */
import { dataDirectory, type Flags, readToolConfig } from "../config.ts";
import { createPasswordQueue, type PasswordQueue } from "../core/access/password-queue.ts";
import { type KeyRing, parseKeyRing } from "../core/encryption/key-ring.ts";
import { trustKeyRing } from "../core/secrets/trust-key-ring.ts";
import { type Clock, createDatabaseClock } from "../db/clock.ts";
import { type Database, DatabaseError } from "../db/database.ts";
import { openEmbedded } from "../db/embedded.ts";
import { openPostgres } from "../db/postgres.ts";
import { readDevSecrets } from "./dev-secrets.ts";

export interface Tools {
  readonly database: Database;
  readonly clock: Clock;
  /** Of the keys given, those that are what their ids say. */
  readonly keyRing: KeyRing;
  /** All that were given. */
  readonly givenKeyRing: KeyRing;
  readonly passwordQueue: PasswordQueue;
}

const UNDEFINED_TABLE = "42P01";
const POOL_SIZE = 4;
/** A command may read whole tables, and nobody waits behind it. */
const STATEMENT_TIMEOUT_MS = 60_000;

/** Throws ConfigError, and plain Errors that say what is wrong with the database. */
export async function withTools(flags: Flags, work: (tools: Tools) => Promise<number>): Promise<number> {
  const config = readToolConfig(flags, await readDevSecrets(dataDirectory(flags)));
  const givenKeyRing = parseKeyRing(config.encryptionKeys);
  await using database =
    config.database.kind === "embedded"
      ? await openEmbedded({ directory: config.database.directory })
      : await openPostgres({ url: config.database.url, poolSize: POOL_SIZE, statementTimeoutMs: STATEMENT_TIMEOUT_MS });
  const clock = await createDatabaseClock(database);
  try {
    const { keyRing } = await trustKeyRing({ database, keyRing: givenKeyRing });
    return await work({ database, clock, keyRing, givenKeyRing, passwordQueue: createPasswordQueue() });
  } catch (error) {
    if (!(error instanceof DatabaseError) || error.code !== UNDEFINED_TABLE) throw error;
    throw new Error("This database is not at this version's schema. Run posthorn migrate, or start the server once.", {
      cause: error,
    });
  }
}
