/** `posthorn dev` as a process of its own on a directory, as a developer starts it. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";

import type { Exit, ServingProcess } from "../support/start-serving-process.ts";

const MAIN = join(import.meta.dirname, "..", "..", "src", "main.ts");

export interface DevProcess
  extends Pick<ServingProcess, "pid" | "url" | "complaints" | "exited" | "signal">, AsyncDisposable {
  readonly rootKey: string;
}

export async function startDevProcess(options: {
  readonly directory: string;
  readonly env?: Readonly<Record<string, string>>;
}): Promise<DevProcess> {
  const child = spawn(
    process.execPath,
    ["--conditions=posthorn-source", MAIN, "dev", "--json", "--port", "0", "--data-dir", options.directory],
    { stdio: ["ignore", "pipe", "pipe"], env: { PATH: process.env["PATH"], ...options.env } },
  );
  const exited = once(child, "exit").then(([code, signal]): Exit => ({
    code: code as number | null,
    signal: signal as NodeJS.Signals | null,
  }));
  const complaints: string[] = [];
  createInterface({ input: child.stderr }).on("line", (line) => complaints.push(line));
  const first = await Promise.race([once(createInterface({ input: child.stdout }), "line"), exited]);
  if (!Array.isArray(first)) throw new Error(`dev ended with ${first.code}:\n${complaints.join("\n")}`);
  const { url, rootKey } = JSON.parse(String(first[0])) as { url: string; rootKey: string };
  return {
    pid: child.pid ?? 0,
    url,
    rootKey,
    complaints,
    exited,
    signal: (signal) => void child.kill(signal),
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null && child.signalCode === null) child.kill("SIGKILL");
      await exited;
    },
  };
}
