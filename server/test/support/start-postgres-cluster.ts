/**
 * A PostgreSQL cluster of a test's own, for tests that stop it: made in a temporary folder from the binaries of this
 * machine, gone at the end. PostgreSQL refuses to run as root, so root runs it as the user postgres.
 */
import { execFile } from "node:child_process";
import { readdirSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

import { describe } from "vitest";

export interface PostgresCluster extends AsyncDisposable {
  readonly url: string;
  /** Of everything it stores. */
  readonly folder: string;
  /** `immediate` is a crash: nothing is written any more, and the next start recovers. */
  stop(mode: "fast" | "immediate"): Promise<void>;
  /** SIGKILL to every process of it at once. */
  kill(): Promise<void>;
  /** Resolves when it takes connections. */
  start(): Promise<void>;
}

export interface ClusterOptions {
  /** Where its folder is made; default: the machine's folder for temporary files. */
  readonly parent?: string;
  /** Settings beside the defaults of tests, such as `max_connections=20`. */
  readonly settings?: readonly string[];
  /** Of its processes, beside what this one has. */
  readonly env?: Readonly<Record<string, string>>;
}

const run = promisify(execFile);
const INSTALLED = "/usr/lib/postgresql";
const binaries = findBinaries();

/** A `describe` for tests that need PostgreSQL's binaries: skipped, with the reason, where there are none. */
export function describeWithPostgresBinaries(name: string, define: () => void): void {
  if (binaries !== null) {
    describe(name, define);
    return;
  }
  const reason = `needs PostgreSQL's binaries in ${INSTALLED}`;
  process.stderr.write(`skipped: ${name} (${reason})\n`);
  describe.skip(`${name} (${reason})`, define);
}

export async function startPostgresCluster(options: ClusterOptions = {}): Promise<PostgresCluster> {
  const folder = await mkdtemp(join(options.parent ?? tmpdir(), "posthorn-cluster-"));
  const asRoot = process.getuid?.() === 0;
  if (asRoot) await run("chown", ["postgres", folder]);
  const pg = async (binary: string, ...args: string[]): Promise<void> => {
    const path = join(binaries ?? "", binary);
    const command: [string, string[]] = asRoot ? ["runuser", ["-u", "postgres", "--", path, ...args]] : [path, args];
    await run(...command, { cwd: "/", env: { ...process.env, ...options.env } });
  };
  const data = join(folder, "data");
  const port = await freePort();
  const settings = [
    "listen_addresses=127.0.0.1",
    `port=${port}`,
    `unix_socket_directories=${folder}`,
    "fsync=off",
    ...(options.settings ?? []),
  ]
    .map((setting) => `-c ${setting}`)
    .join(" ");
  const start = () =>
    pg("pg_ctl", "start", "--silent", "--wait", `--pgdata=${data}`, `--log=${folder}/log`, `--options=${settings}`);
  const stop = (mode: "fast" | "immediate") => pg("pg_ctl", "stop", "--silent", `--mode=${mode}`, `--pgdata=${data}`);

  await pg("initdb", `--pgdata=${data}`, "--username=posthorn", "--auth=trust", "--locale=C.UTF-8", "--no-sync");
  await start();
  return {
    url: `postgres://posthorn@127.0.0.1:${port}/postgres`,
    folder,
    start,
    stop,
    async kill() {
      const [first = ""] = (await readFile(join(data, "postmaster.pid"), "utf8")).split("\n");
      const doomed = [Number(first), ...(await childrenOf(Number(first)))];
      for (const pid of doomed) process.kill(pid, "SIGKILL");
      while (doomed.some(isAlive)) await new Promise((resolve) => setImmediate(resolve));
    },
    async [Symbol.asyncDispose]() {
      await stop("immediate").catch(() => {});
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function childrenOf(pid: number): Promise<number[]> {
  return (await readFile(`/proc/${pid}/task/${pid}/children`, "utf8")).split(" ").filter(Boolean).map(Number);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

function findBinaries(): string | null {
  let versions: string[] = [];
  try {
    versions = readdirSync(INSTALLED).sort((a, b) => Number(b) - Number(a));
  } catch {
    return null;
  }
  return versions[0] === undefined ? null : join(INSTALLED, versions[0], "bin");
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
