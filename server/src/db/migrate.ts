/**
 * Brings the database to the schema of this code: runs, in order, the files of `migrations/` that it has not seen.
 * Forward only. Each file runs in a transaction of its own, together with its row in the table `migrations`, so a
 * failure leaves the schema at the last file that worked. Two processes that start at once take turns by an advisory
 * lock. A database that is newer than the code, or a file that changed after it was applied, is refused.
 */
import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";

import type { Database, Queryable, Statement } from "./database.ts";

export interface Migration {
  readonly number: number;
  readonly name: string;
  readonly text: string;
  readonly sha256: string;
}

/** The database and this code do not fit together. The message says what to do. */
export class MigrationError extends Error {
  override readonly name = "MigrationError";
}

/** `migrations/` lies beside `src/` and `dist/`, so the path is the same from both. */
const DIRECTORY = new URL("../../migrations/", import.meta.url);
const FILE_NAME = /^(\d{6})_([a-z0-9-]+)\.sql$/;

/**
 * @param options.now When the migrations that run now are recorded to have run.
 * @returns The names of those that ran, in order; none when the schema was up to date.
 * @throws MigrationError when the database does not fit the code; DatabaseError when a migration fails.
 */
export async function migrate(
  database: Database,
  options: { readonly now: Date; readonly migrations?: readonly Migration[] },
): Promise<string[]> {
  const migrations = options.migrations ?? (await readMigrations());
  const ran: string[] = [];
  for (;;) {
    const migration = await database.transaction((transaction) => runNext(transaction, migrations, options.now));
    if (!migration) return ran;
    ran.push(migration.name);
  }
}

/** The migrations of this code, in order. */
export async function readMigrations(directory: URL = DIRECTORY): Promise<Migration[]> {
  const files = (await readdir(directory)).filter((file) => file.endsWith(".sql")).toSorted();
  const migrations = await Promise.all(files.map((file) => readMigration(directory, file)));
  for (const [index, { number, name }] of migrations.entries()) {
    if (number !== index + 1) throw new MigrationError(`migration ${name} is number ${number}, expected ${index + 1}`);
  }
  return migrations;
}

async function readMigration(directory: URL, file: string): Promise<Migration> {
  const match = FILE_NAME.exec(file);
  if (!match) throw new MigrationError(`${file} is not named like 000001_what-it-does.sql`);
  const text = await readFile(new URL(file, directory), "utf8");
  const sha256 = createHash("sha256").update(text).digest("hex");
  return { number: Number(match[1]), name: file.slice(0, -".sql".length), text, sha256 };
}

/** Runs the first migration that the database has not seen; null when there is none. */
async function runNext(transaction: Queryable, migrations: readonly Migration[], now: Date): Promise<Migration | null> {
  // A script, since whoever else migrates may take minutes.
  await transaction.script(`set local statement_timeout = 0; set local lock_timeout = 0; ${LOCK}`);
  await transaction.script(CREATE_TABLE);
  const applied = await transaction.query<Applied>(LIST_APPLIED, []);
  refuseMisfit(applied, migrations);

  const next = migrations[applied.length];
  if (!next) return null;
  await transaction.script(next.text);
  await transaction.query(RECORD, [next.number, next.name, next.sha256, now]);
  return next;
}

interface Applied {
  readonly number: number;
  readonly name: string;
  readonly sha256: string;
}

function refuseMisfit(applied: readonly Applied[], migrations: readonly Migration[]): void {
  for (const [index, { number, name, sha256 }] of applied.entries()) {
    const ours = migrations[index];
    if (!ours) {
      throw new MigrationError(
        `the database has migration ${name}, which this version does not know; run the version that made it, or a newer one`,
      );
    }
    if (ours.number !== number || ours.name !== name || ours.sha256 !== sha256) {
      throw new MigrationError(
        `migration ${name} of the database differs from ${ours.name} of this version; an applied migration never changes`,
      );
    }
  }
}

/** The same number in every process that migrates; it means nothing else. */
const LOCK = "select pg_advisory_xact_lock(4700001)";

const CREATE_TABLE = `create table if not exists migrations (
  number integer primary key,
  name text not null,
  sha256 text not null,
  applied_at timestamptz not null
)`;

const LIST_APPLIED: Statement = {
  name: "list-applied-migrations",
  text: "select number, name, sha256 from migrations order by number",
};

const RECORD: Statement = {
  name: "record-migration",
  text: "insert into migrations (number, name, sha256, applied_at) values ($1::int, $2::text, $3::text, $4::timestamptz)",
};
