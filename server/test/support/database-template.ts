/**
 * The migrated templates that test databases are copied from, one for each state of the migrations and day, whose
 * partitions they hold. They are kept between runs: making one takes seconds, copying one a fraction of a second. A
 * template stands under its final name only when it is complete; embedded ones go after a week.
 */
import { createHash, randomUUID } from "node:crypto";
import { access, mkdir, readdir, rename, rm, stat } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { createFakeClock } from "../../../devkit/fake-clock.ts";
import { type Database, DatabaseError } from "../../src/db/database.ts";
import { openEmbedded } from "../../src/db/embedded.ts";
import { migrate, readMigrations } from "../../src/db/migrate.ts";
import { openPostgres } from "../../src/db/postgres.ts";
import { DAY_MS } from "../../src/maintenance/day-partitions.ts";
import { makePartitions } from "../../src/maintenance/make-partitions.ts";

const CACHE = fileURLToPath(new URL("../../../node_modules/.cache/posthorn/", import.meta.url));
const MADE_AT = new Date("2026-01-01T00:00:00Z");

const KEPT_MS = 7 * DAY_MS;

/** @returns The template directory, with the partitions that are made on the day of `now`. */
export async function embeddedTemplate(now: Date): Promise<string> {
  const engine = createRequire(import.meta.url).resolve("@electric-sql/pglite");
  const day = now.toISOString().slice(0, 10);
  const template = join(CACHE, `template-${await fingerprint(engine)}-${day}`);
  if (await exists(template)) return template;

  await mkdir(CACHE, { recursive: true });
  await removeOldTemplates();
  const draft = `${template}-${randomUUID()}`;
  {
    await using database = await openEmbedded({ directory: draft });
    await migrate(database, { now: MADE_AT });
    await makePartitions({ database, clock: createFakeClock(now) });
  }
  try {
    await rename(draft, template);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    if (!(await exists(template))) throw error;
  }
  return template;
}

async function removeOldTemplates(): Promise<void> {
  for (const name of await readdir(CACHE)) {
    const { mtimeMs } = await stat(join(CACHE, name)).catch(() => ({ mtimeMs: Infinity }));
    if (Date.now() - mtimeMs > KEPT_MS) await rm(join(CACHE, name), { recursive: true, force: true });
  }
}

/** @returns The name of the template database, with the partitions that are made on the day of `now`. */
export async function postgresTemplate(serverUrl: string, now: Date): Promise<string> {
  await using server = await openPostgres({ url: serverUrl, poolSize: 1 });
  const migrated = `posthorn_template_${await fingerprint("postgres")}`;
  const ofDay = `${migrated}_${now.toISOString().slice(0, 10).replaceAll("-", "_")}`;
  if (await hasDatabase(server, ofDay)) return ofDay;
  await makeTemplate(server, { url: serverUrl, name: migrated, from: "template1" }, (database) =>
    migrate(database, { now: MADE_AT }),
  );
  await makeTemplate(server, { url: serverUrl, name: ofDay, from: migrated }, (database) =>
    makePartitions({ database, clock: createFakeClock(now) }),
  );
  return ofDay;
}

async function makeTemplate(
  server: Database,
  template: { readonly url: string; readonly name: string; readonly from: string },
  prepare: (database: Database) => Promise<unknown>,
): Promise<void> {
  const { url, name, from } = template;
  if (await hasDatabase(server, name)) return;
  const draft = `posthorn_draft_${randomUUID().replaceAll("-", "")}`;
  await server.script(`create database ${draft} template ${from}`);
  {
    await using database = await openPostgres({ url: urlOf(url, draft), poolSize: 1 });
    await prepare(database);
  }
  try {
    await server.script(`alter database ${draft} rename to ${name}`);
  } catch (error) {
    await server.script(`drop database ${draft} with (force)`);
    if (!(error instanceof DatabaseError && error.code === DUPLICATE_DATABASE)) throw error;
  }
}

async function hasDatabase(server: Database, name: string): Promise<boolean> {
  return (await server.query(FIND_DATABASE, [name])).length > 0;
}

const DUPLICATE_DATABASE = "42P04";
const FIND_DATABASE = { name: "find-database", text: "select 1 as found from pg_database where datname = $1::text" };

async function fingerprint(engine: string): Promise<string> {
  const hash = createHash("sha256").update(engine);
  for (const { sha256 } of await readMigrations()) hash.update(sha256);
  return hash.digest("hex").slice(0, 16);
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/** The URL of another database of the same server. */
export function urlOf(serverUrl: string, databaseName: string): string {
  const url = new URL(serverUrl);
  url.pathname = `/${databaseName}`;
  return url.href;
}
