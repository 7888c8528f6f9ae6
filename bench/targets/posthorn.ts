/** The server under test, started as a user starts it, with everything on and nothing tuned. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";

import { undoAtExit } from "../undo-at-exit.ts";
import type { BenchDatabase } from "./bench-database.ts";

export interface Posthorn extends AsyncDisposable {
  readonly pid: number;
  readonly url: string;
  /** May do everything. */
  readonly rootKey: string;
  /** Lines of warnings and errors so far; a run that goes well has none. */
  complaints(): string[];
  /** SIGTERM, and wait for the drain. */
  stop(): Promise<void>;
}

const COMMAND = join(import.meta.dirname, "..", "..", "server", "bin", "posthorn.js");

/** @param settings environment variables beside those that are there. */
export async function startPosthorn(
  database: BenchDatabase,
  settings: Readonly<Record<string, string>> = {},
): Promise<Posthorn> {
  const logFile = join(database.directory, "server.log");
  const log = openSync(logFile, "a");
  const nodeOptions = (process.env["BENCH_NODE_OPTIONS"] ?? "").split(" ").filter((option) => option !== "");
  const child = spawn(
    process.execPath,
    [
      "--conditions=posthorn-source",
      ...nodeOptions,
      COMMAND,
      "dev",
      "--json",
      "--port",
      "0",
      "--data-dir",
      database.directory,
    ],
    { stdio: ["ignore", "pipe", log], env: { ...environment(database), ...settings } },
  );
  const killAtExit = undoAtExit(() => child.kill("SIGKILL"));
  const complaints = (): string[] =>
    readFileSync(logFile, "utf8")
      .split("\n")
      .filter((line) => line !== "");
  const ready = await readReadyLine(child, complaints);
  const stop = async (signal: NodeJS.Signals): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, "exit");
    child.kill(signal);
    await exited;
    killAtExit();
  };
  return {
    pid: child.pid ?? 0,
    url: ready.url,
    rootKey: ready.rootKey,
    complaints,
    stop: () => stop("SIGTERM"),
    [Symbol.asyncDispose]: () => stop("SIGKILL"),
  };
}

function environment({ url }: BenchDatabase): NodeJS.ProcessEnv {
  const { DATABASE_URL: _given, ...rest } = process.env;
  return url === null ? rest : { ...rest, DATABASE_URL: url };
}

interface Ready {
  readonly url: string;
  readonly rootKey: string;
}

async function readReadyLine(child: ChildProcess, complaints: () => string[]): Promise<Ready> {
  if (child.stdout === null) throw new Error("the server has no standard output");
  const lines = createInterface({ input: child.stdout });
  const line = await Promise.race([
    once(lines, "line").then(([first]) => String(first)),
    once(child, "exit").then(([code]) => {
      throw new Error(`the server ended with ${String(code)} before it was ready: ${complaints().join("\n")}`);
    }),
  ]);
  return JSON.parse(line) as Ready;
}
