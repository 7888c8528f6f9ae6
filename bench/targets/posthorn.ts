/** The server under test, started as a user starts it, with everything on and nothing tuned. */
import { randomBytes } from "node:crypto";

import type { BenchDatabase } from "./bench-database.ts";
import { type Entry, type ServerProcess, startServerProcess } from "./start-server-process.ts";

/** How `posthorn serve` is to serve. */
export interface ServingForm {
  /** Of each node; they share its port. */
  readonly processes: number;
  /** Servers on the one database, each with a port of its own. */
  readonly nodes: number;
}

export interface Posthorn extends AsyncDisposable {
  /** Of each node; what it started are its descendants. */
  readonly pids: readonly number[];
  /** Of the API of each node. */
  readonly urls: readonly string[];
  /** Of the first node's. */
  readonly url: string;
  /** May do everything. */
  readonly rootKey: string;
  /** SIGTERM, and wait for the drain. */
  stop(): Promise<void>;
}

export interface PosthornOptions {
  readonly database: BenchDatabase;
  /** null: `posthorn dev`; otherwise the database is PostgreSQL. */
  readonly serving: ServingForm | null;
  /** Environment variables beside those that are there. */
  readonly settings: Readonly<Record<string, string>>;
  /** Told each line of the log that warns; a run that goes well has none. */
  readonly onComplaint: (line: string) => void;
}

interface Ready {
  readonly url: string;
  readonly rootKey: string;
}

export async function startPosthorn(options: PosthornOptions): Promise<Posthorn> {
  await using stack = new AsyncDisposableStack();
  const nodes: ServerProcess<Ready>[] = [];
  for (const start of options.serving === null ? [startDev] : listServing(options.serving)) {
    const node = await start(options);
    stack.defer(() => node.end("SIGKILL"));
    nodes.push(node);
  }
  const [first] = nodes;
  if (first === undefined) throw new Error("there is no node to publish to");
  const owned = stack.move();
  return {
    pids: nodes.map(({ pid }) => pid),
    urls: nodes.map(({ ready }) => ready.url),
    url: first.ready.url,
    rootKey: first.ready.rootKey,
    stop: async () => void (await Promise.all(nodes.map((node) => node.end("SIGTERM")))),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

type Start = (options: PosthornOptions) => Promise<ServerProcess<Ready>>;

const startDev: Start = ({ database, settings, onComplaint }) =>
  startServerProcess({
    args: ["dev", "--json", "--port", "0", "--data-dir", database.directory],
    env: { ...environment(database), ...settings },
    readReady: ({ url, rootKey }) => (typeof url === "string" && typeof rootKey === "string" ? { url, rootKey } : null),
    onComplaint,
  });

/** The nodes of one `serve` have its keys, and reach receivers on this machine, as those of `dev` do. */
function listServing({ processes, nodes }: ServingForm): Start[] {
  const rootKey = `root_${randomBytes(32).toString("base64url")}`;
  const shared = {
    POSTHORN_ROOT_KEY: rootKey,
    POSTHORN_ENCRYPTION_KEYS: `bench:${randomBytes(32).toString("base64")}`,
    POSTHORN_EGRESS_ALLOW: "127.0.0.0/8",
    POSTHORN_HOST: "127.0.0.1",
  };
  const readReady = ({ msg, url }: Entry): Ready | null =>
    msg === "serving" && typeof url === "string" ? { url, rootKey } : null;
  const start: Start = ({ database, settings, onComplaint }) =>
    startServerProcess({
      args: ["serve", "--port", "0", "--processes", String(processes)],
      env: { ...environment(database), ...shared, ...settings },
      readReady,
      onComplaint,
    });
  return Array.from({ length: nodes }, () => start);
}

function environment({ url }: BenchDatabase): NodeJS.ProcessEnv {
  const { DATABASE_URL: _given, ...rest } = process.env;
  return url === null ? rest : { ...rest, DATABASE_URL: url };
}
