/**
 * `posthorn serve` as a process of its own, on a PostgreSQL database: started as an operator starts it, on ports that the
 * system chooses. Tests of what happens between processes, and to killed ones, use it.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";

import { BARE_ENVIRONMENT } from "./run-posthorn.ts";

const MAIN = join(import.meta.dirname, "..", "..", "src", "main.ts");

export interface ServingProcess extends AsyncDisposable {
  readonly pid: number;
  /** Empty where it serves no API. */
  readonly url: string;
  /** Where it serves metrics. */
  readonly monitoringUrl: string;
  /** Lines of its log at `warn` and above. */
  readonly complaints: readonly string[];
  /** Every entry of its log. */
  readonly log: readonly LogEntry[];
  /** Resolves with the first entry, from now or before, of which this is true. */
  logged(matches: (entry: LogEntry) => boolean): Promise<LogEntry>;
  readonly exited: Promise<Exit>;
  signal(signal: NodeJS.Signals): void;
  /** Resolves to its exit code when the process is gone; null when a signal ended it. */
  end(signal: "SIGTERM" | "SIGKILL"): Promise<number | null>;
}

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export type LogEntry = Readonly<Record<string, unknown>>;

export interface ServingOptions {
  readonly databaseUrl: string;
  readonly rootKey: string;
  readonly encryptionKeys: string;
  /** Of the command line, behind `serve`. */
  readonly flags?: readonly string[];
  /** Of Node, such as a module to load first. */
  readonly nodeFlags?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

export async function startServingProcess(options: ServingOptions): Promise<ServingProcess> {
  const { flags = [], nodeFlags = [] } = options;
  const child = spawn(
    process.execPath,
    ["--conditions=posthorn-source", ...nodeFlags, MAIN, "serve", "--port", "0", ...flags],
    {
      stdio: ["ignore", "ignore", "pipe"],
      env: {
        ...BARE_ENVIRONMENT,
        DATABASE_URL: options.databaseUrl,
        POSTHORN_HOST: "127.0.0.1",
        POSTHORN_METRICS_PORT: "0",
        POSTHORN_ROOT_KEY: options.rootKey,
        POSTHORN_ENCRYPTION_KEYS: options.encryptionKeys,
        POSTHORN_EGRESS_ALLOW: "127.0.0.0/8",
        ...options.env,
      },
    },
  );
  const exited = once(child, "exit").then(([code, signal]): Exit => ({
    code: code as number | null,
    signal: signal as NodeJS.Signals | null,
  }));
  const complaints: string[] = [];
  const log: LogEntry[] = [];
  const waiting = new Set<(entry: LogEntry) => void>();
  createInterface({ input: child.stderr }).on("line", (line) => {
    const entry = readEntry(line);
    if (entry?.["level"] !== "info") complaints.push(line);
    if (entry === null) return;
    log.push(entry);
    for (const look of waiting) look(entry);
  });
  const logged: ServingProcess["logged"] = async (matches) => {
    const known = log.find(matches);
    if (known !== undefined) return known;
    const found = Promise.withResolvers<LogEntry>();
    const look = (entry: LogEntry): void => void (matches(entry) && found.resolve(entry));
    waiting.add(look);
    void exited.then(({ code }) =>
      found.reject(new Error(`serve ended with ${String(code)}:\n${complaints.join("\n")}`)),
    );
    return found.promise.finally(() => waiting.delete(look));
  };
  const end: ServingProcess["end"] = async (signal) => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal);
    return (await exited).code;
  };
  try {
    const serving = await logged(({ msg }) => msg === "serving");
    return {
      pid: child.pid ?? 0,
      url: typeof serving["url"] === "string" ? serving["url"] : "",
      monitoringUrl: String(serving["monitoringUrl"]),
      complaints,
      log,
      logged,
      exited,
      signal: (signal) => void child.kill(signal),
      end,
      [Symbol.asyncDispose]: async () => void (await end("SIGKILL")),
    };
  } catch (error) {
    await end("SIGKILL");
    throw error;
  }
}

function readEntry(line: string): LogEntry | null {
  try {
    return JSON.parse(line) as LogEntry;
  } catch {
    return null;
  }
}
