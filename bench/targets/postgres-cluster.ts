/**
 * A PostgreSQL cluster for one run, made from the binaries of this machine: every setting is the default, so every
 * commit is on the disk before it is answered. It is gone when the run ends.
 *
 * Its log has been written once around before the run begins, as that of any database older than a few checkpoints. In
 * a new one every 16 MB of log are a file that is made and filled with zeros first, and all commits wait for it.
 */
import { spawnSync } from "node:child_process";
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";

import { undoAtExit } from "../undo-at-exit.ts";

export interface PostgresCluster extends AsyncDisposable {
  readonly url: string;
  /** Of the server process; its children are its connections and helpers. */
  readonly pid: number;
}

/** As much log as is kept between checkpoints (`max_wal_size`), a megabyte a message. */
const WRITE_LOG =
  "select count(pg_logical_emit_message(false, 'bench', repeat('x', 1048576))) from generate_series(1, 1024)";

const IS_ROOT = userInfo().uid === 0;

export async function startPostgresCluster(): Promise<PostgresCluster> {
  const binaries = findBinaries();
  const directory = mkdtempSync(join(tmpdir(), "posthorn-bench-postgres-"));
  const data = join(directory, "data");
  const stop = undoAtExit(() => {
    run(binaries, "pg_ctl", ["stop", "--silent", "--mode=immediate", `--pgdata=${data}`], { mayFail: true });
    rmSync(directory, { recursive: true, force: true });
  });
  try {
    if (IS_ROOT) spawnSync("chown", ["postgres", directory]);
    run(binaries, "initdb", [`--pgdata=${data}`, "--username=posthorn", "--auth=trust", "--encoding=UTF8"]);
    const port = await findFreePort();
    const options = `-c listen_addresses=127.0.0.1 -c port=${port} -c unix_socket_directories=${directory}`;
    const log = join(directory, "log");
    run(binaries, "pg_ctl", [
      "start",
      "--silent",
      "--wait",
      `--pgdata=${data}`,
      `--log=${log}`,
      `--options=${options}`,
    ]);
    const url = `postgres://posthorn@127.0.0.1:${port}/postgres`;
    run(binaries, "psql", ["--no-psqlrc", `--dbname=${url}`, `--command=${WRITE_LOG}`, "--command=checkpoint"]);
    return {
      url,
      pid: Number(readFileSync(join(data, "postmaster.pid"), "utf8").split("\n")[0]),
      async [Symbol.asyncDispose]() {
        stop();
      },
    };
  } catch (error) {
    stop();
    throw error;
  }
}

/** The newest of Debian's packages, or what is on the PATH. */
function findBinaries(): string {
  const version = (path: string): number => Number(/postgresql\/(\d+)/.exec(path)?.[1] ?? 0);
  const packaged = globSync("/usr/lib/postgresql/*/bin").sort((a, b) => version(a) - version(b));
  const all = [...(process.env["PATH"] ?? "").split(":"), ...packaged];
  const found = all.findLast((folder) => existsSync(join(folder, "initdb")));
  if (found === undefined) throw new Error("PostgreSQL is not installed here. Install it, or set DATABASE_URL.");
  return found;
}

/** PostgreSQL refuses to run as root, so root runs it as the user postgres, from a directory that user may enter. */
function run(binaries: string, binary: string, args: readonly string[], { mayFail = false } = {}): void {
  const command = [join(binaries, binary), ...args];
  const [file = "", ...rest] = IS_ROOT ? ["runuser", "-u", "postgres", "--", ...command] : command;
  const { status, stderr, error } = spawnSync(file, rest, { cwd: "/", stdio: ["ignore", "ignore", "pipe"] });
  if (status !== 0 && !mayFail) throw new Error(`${binary}: ${error?.message ?? String(stderr)}`);
}

function findFreePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
