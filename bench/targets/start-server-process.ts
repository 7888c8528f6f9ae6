/** One process of the `posthorn` command under test: when it is ready, what it complains of, and its end. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";

import { undoAtExit } from "../undo-at-exit.ts";

export interface ServerProcess<Ready> {
  readonly pid: number;
  readonly ready: Ready;
  /** Resolves when it and whatever it started are gone. */
  end(signal: "SIGTERM" | "SIGKILL"): Promise<void>;
}

/** What a line of standard output or of the log holds, if it is JSON. */
export type Entry = Readonly<Record<string, unknown>>;

const COMMAND = join(import.meta.dirname, "..", "..", "server", "bin", "posthorn.js");
/** Levels of the log that nobody needs to look at. */
const CALM = new Set<unknown>(["info", "debug", "trace"]);

export async function startServerProcess<Ready>(options: {
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** Finds in an entry of its output that it is ready; null in any other. */
  readonly readReady: (entry: Entry) => Ready | null;
  /** Told each line of its log that warns, or is no entry at all. */
  readonly onComplaint: (line: string) => void;
}): Promise<ServerProcess<Ready>> {
  const nodeOptions = (process.env["BENCH_NODE_OPTIONS"] ?? "").split(" ").filter((option) => option !== "");
  const child = spawn(process.execPath, ["--conditions=posthorn-source", ...nodeOptions, COMMAND, ...options.args], {
    stdio: ["ignore", "pipe", "pipe"],
    env: options.env,
  });
  const killAtExit = undoAtExit(() => child.kill("SIGKILL"));
  const closed = once(child, "close").then(killAtExit);
  const ready = Promise.withResolvers<Ready>();
  const lines: string[] = [];
  const look = (entry: Entry | null): void => {
    const found = entry === null ? null : options.readReady(entry);
    if (found !== null) ready.resolve(found);
  };
  createInterface({ input: child.stdout }).on("line", (line) => look(readEntry(line)));
  createInterface({ input: child.stderr }).on("line", (line) => {
    const entry = readEntry(line);
    look(entry);
    if (CALM.has(entry?.["level"]) || line === "") return;
    lines.push(line);
    options.onComplaint(line);
  });
  void closed.then(() => {
    const code = child.signalCode ?? child.exitCode;
    ready.reject(new Error(`the server ended with ${code} before it was ready: ${lines.join("\n")}`));
  });
  return {
    ready: await ready.promise,
    pid: child.pid ?? 0,
    async end(signal) {
      child.kill(signal);
      await closed;
    },
  };
}

function readEntry(line: string): Entry | null {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" ? (value as Entry | null) : null;
  } catch {
    return null;
  }
}
