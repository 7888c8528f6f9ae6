/**
 * The database of one run: a private PostgreSQL cluster, the server that DATABASE_URL names (then a database of the
 * run's own on it), or a directory for the embedded one.
 */
import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { openPostgres } from "../../server/src/db/postgres.ts";
import { undoAtExit } from "../undo-at-exit.ts";
import { startPostgresCluster } from "./postgres-cluster.ts";

export type DatabaseKind = "postgres" | "embedded";

export interface BenchDatabase extends AsyncDisposable {
  readonly kind: DatabaseKind;
  /** Of the server's files; an embedded database keeps its data here too. */
  readonly directory: string;
  /** null: embedded. */
  readonly url: string | null;
  /** Of the PostgreSQL server; null where it is inside the process under test, or not ours to see. */
  readonly pid: number | null;
}

/** A database of gigabytes is not dropped in a moment. */
const PATIENCE_MS = 300_000;

export async function createBenchDatabase(kind: DatabaseKind): Promise<BenchDatabase> {
  const directory = mkdtempSync(join(tmpdir(), "posthorn-bench-"));
  const removeDirectory = undoAtExit(() => rmSync(directory, { recursive: true, force: true }));
  if (kind === "embedded") {
    return {
      kind,
      directory,
      url: null,
      pid: null,
      async [Symbol.asyncDispose]() {
        removeDirectory();
      },
    };
  }
  const given = process.env["DATABASE_URL"];
  const cluster = given ? null : await startPostgresCluster();
  const server = cluster?.url ?? given ?? "";
  const name = `posthorn_bench_${randomUUID().replaceAll("-", "")}`;
  await script(server, `create database ${name}`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  return {
    kind,
    directory,
    url: url.href,
    pid: cluster?.pid ?? null,
    async [Symbol.asyncDispose]() {
      if (cluster === null) await script(server, `drop database ${name} with (force)`);
      else await cluster[Symbol.asyncDispose]();
      removeDirectory();
    },
  };
}

async function script(url: string, text: string): Promise<void> {
  await using database = await openPostgres({ url, poolSize: 1, statementTimeoutMs: PATIENCE_MS });
  await database.script(text);
}
