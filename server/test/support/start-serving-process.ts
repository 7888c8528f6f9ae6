/**
 * `posthorn serve` as a process of its own, on a PostgreSQL database: started as an operator starts it, on ports that the
 * system chooses. Tests of what happens between processes, and to killed ones, use it.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";

const MAIN = join(import.meta.dirname, "..", "..", "src", "main.ts");

export interface ServingProcess extends AsyncDisposable {
  readonly url: string;
  /** Where it serves metrics. */
  readonly monitoringUrl: string;
  /** Lines of its log at `warn` and above. */
  readonly complaints: readonly string[];
  /** Resolves when the process is gone. */
  end(signal: "SIGTERM" | "SIGKILL"): Promise<void>;
}

export interface ServingOptions {
  readonly databaseUrl: string;
  readonly rootKey: string;
  readonly encryptionKeys: string;
}

export async function startServingProcess(options: ServingOptions): Promise<ServingProcess> {
  const child = spawn(process.execPath, ["--conditions=posthorn-source", MAIN, "serve", "--port", "0"], {
    stdio: ["ignore", "ignore", "pipe"],
    env: {
      PATH: process.env["PATH"],
      DATABASE_URL: options.databaseUrl,
      POSTHORN_HOST: "127.0.0.1",
      POSTHORN_METRICS_PORT: "0",
      POSTHORN_ROOT_KEY: options.rootKey,
      POSTHORN_ENCRYPTION_KEYS: options.encryptionKeys,
      POSTHORN_EGRESS_ALLOW: "127.0.0.0/8",
    },
  });
  const exited = once(child, "exit");
  const ready = Promise.withResolvers<{ readonly url: string; readonly monitoringUrl: string }>();
  const complaints: string[] = [];
  createInterface({ input: child.stderr }).on("line", (line) => {
    const entry = readEntry(line);
    if (entry?.["msg"] === "serving") {
      ready.resolve({ url: String(entry["url"]), monitoringUrl: String(entry["monitoringUrl"]) });
    }
    if (entry?.["level"] !== "info") complaints.push(line);
  });
  void exited.then(([code]) => ready.reject(new Error(`serve ended with ${String(code)}:\n${complaints.join("\n")}`)));

  const end: ServingProcess["end"] = async (signal) => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal);
    await exited;
  };
  try {
    return { ...(await ready.promise), complaints, end, [Symbol.asyncDispose]: () => end("SIGKILL") };
  } catch (error) {
    await end("SIGKILL");
    throw error;
  }
}

function readEntry(line: string): Record<string, unknown> | null {
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch {
    return null;
  }
}
