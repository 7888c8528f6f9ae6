/**
 * A migrated database of its own for every test file, with the partitions of its day and ids that follow its clock.
 * By default embedded, copied from one migrated template directory; on the server of TEST_DATABASE_URL where that is
 * set, cloned from one migrated template database. Templates are made by whoever needs them first, under a name of
 * their own, and put in place by a rename, so files that run at the same moment do not disturb each other.
 */
import { randomUUID } from "node:crypto";
import { cpSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { describe } from "vitest";

import { createFakeClock } from "../../../devkit/fake-clock.ts";
import type { Database } from "../../src/db/database.ts";
import { openEmbedded } from "../../src/db/embedded.ts";
import { openPostgres } from "../../src/db/postgres.ts";
import { advanceIds } from "../../src/db/queries/advance-ids.ts";
import { makePartitions } from "../../src/maintenance/make-partitions.ts";
import { embeddedTemplate, postgresTemplate, urlOf } from "./database-template.ts";

export interface TestDatabaseOptions {
  /** The day whose partitions are made (yesterday to a week ahead) and where ids start. Default: the present. */
  readonly now?: Date;
  /** Default: PostgreSQL where TEST_DATABASE_URL is set, otherwise embedded. */
  readonly kind?: Database["kind"];
  readonly onError?: (error: unknown, doing: string) => void;
}

/** Dispose closes it and removes its data. */
export interface TestDatabase extends Database {
  /** Where a second node or process connects to the same data; null when embedded. */
  readonly url: string | null;
  /** The directory of an embedded one. */
  readonly directory: string | null;
}

/** The PostgreSQL server that tests may use, from TEST_DATABASE_URL. */
export const postgresServerUrl: string | null = process.env["TEST_DATABASE_URL"] || null;

export async function openTestDatabase(options: TestDatabaseOptions = {}): Promise<TestDatabase> {
  const now = options.now ?? new Date();
  const kind = options.kind ?? (postgresServerUrl ? "postgres" : "embedded");
  const database = kind === "postgres" ? await openPostgresClone(now, options) : await openEmbeddedCopy(now, options);
  const clock = createFakeClock(now);
  await makePartitions({ database, clock });
  await advanceIds(database, { nowMs: clock.nowMs() });
  return database;
}

/** A `describe` for tests that need a PostgreSQL server: skipped, with the reason, where there is none. */
export function describeWithPostgres(name: string, define: () => void): void {
  if (postgresServerUrl) {
    describe(name, define);
    return;
  }
  const reason = "needs a PostgreSQL server: set TEST_DATABASE_URL";
  process.stderr.write(`skipped: ${name} (${reason})\n`);
  describe.skip(`${name} (${reason})`, define);
}

async function openEmbeddedCopy(now: Date, { onError }: TestDatabaseOptions): Promise<TestDatabase> {
  const directory = await mkdtemp(join(tmpdir(), "posthorn-test-"));
  // Two thousand small files: asynchronously, they take many times as long.
  cpSync(await embeddedTemplate(now), directory, { recursive: true });
  const database = await openEmbedded({ directory, onError });
  return {
    ...database,
    url: null,
    directory,
    async [Symbol.asyncDispose]() {
      await database[Symbol.asyncDispose]();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function openPostgresClone(now: Date, { onError }: TestDatabaseOptions): Promise<TestDatabase> {
  if (!postgresServerUrl) throw new Error("a test asked for PostgreSQL: set TEST_DATABASE_URL");
  const template = await postgresTemplate(postgresServerUrl, now);
  const name = `posthorn_test_${randomUUID().replaceAll("-", "")}`;
  await withServer((server) => server.script(`create database ${name} template ${template}`));
  const url = urlOf(postgresServerUrl, name);
  const database = await openPostgres({ url, poolSize: 4, onError });
  return {
    ...database,
    url,
    directory: null,
    async [Symbol.asyncDispose]() {
      await database[Symbol.asyncDispose]();
      await withServer((server) => server.script(`drop database if exists ${name} with (force)`));
    },
  };

  async function withServer(work: (server: Database) => Promise<void>): Promise<void> {
    await using server = await openPostgres({ url: postgresServerUrl ?? "", poolSize: 1 });
    await work(server);
  }
}
