/**
 * The entry of a server that kills itself: the real server of a real process, watched through the seams of its
 * composition root, which sends itself SIGKILL when it passes an armed point for the n-th time. Before it starts it
 * tells what the death before it left behind. Started by `start-crashing-server.ts`, which it obeys and answers.
 */
import { flushCompileCache } from "node:module";

import { createDatabaseClock } from "../../src/db/clock.ts";
import type { Database } from "../../src/db/database.ts";
import { openEmbedded } from "../../src/db/embedded.ts";
import { openPostgres } from "../../src/db/postgres.ts";
import { createLog } from "../../src/log.ts";
import { startServer } from "../../src/server.ts";
import type { ServerPoint } from "./crash-points.ts";
import type { Armed, Call, CrashingServerOptions, Reply, Told } from "./crashing-server-calls.ts";
import { type Ledger, readLedger } from "./read-ledger.ts";
import { watchStatements } from "./watch-statements.ts";

const CONNECTIONS_OF = {
  name: "crash-connections",
  text: "select 1 from pg_stat_activity where datname = current_database() and application_name = $1::text",
};
const STANDING = {
  name: "crash-standing",
  text: "select count(*)::integer as queued, count(lease)::integer as leased from queue",
};

const options = JSON.parse(process.argv[2] ?? "") as CrashingServerOptions;
let armed: Armed | null = options.armed;
let passed = 0;
let isStopping = false;

await main();

async function main(): Promise<void> {
  const { config } = options;
  const tellLog = createLog(config.logLevel);
  const onError = (error: unknown, doing: string): void => tellLog.error({ err: error }, doing);
  const database =
    config.database.kind === "embedded"
      ? await openEmbedded({ directory: config.database.directory, onError })
      : await openPostgres({ ...config.database, onError });
  if (options.before !== null) await tell({ told: "found", ledger: await readAfterDeath(database, options.before) });

  const clock = await createDatabaseClock(database);
  const nowMs = (): number => clock.nowMs() + options.aheadMs;
  const server = await startServer(config, tellLog, {
    database: watchStatements(database, reached),
    clock: { now: () => new Date(nowMs()), nowMs },
    watcher: {
      stored: ({ ms }) => void (ms !== null && reached("store committed")),
      leased: (_deliveries, by) => reached(by === "store" ? "leased by store" : "leased by claim"),
      attempted: () => reached("answer received"),
      recorded({ batch, rows }) {
        reached("record committed");
        if (isStopping) reached("drain under way");
        void tell({ told: "recorded", fenced: batch.length - rows.length });
      },
      rescued: () => void tell({ told: "rescued" }),
      mended: ({ lanes }) => void tell({ told: "mended", lanes }),
      answered: ({ status }) => void (status === 202 && reached("publish answered")),
    },
  });
  process.on("message", (call: Call) => {
    if (call.call === "arm") return arm(call.armed);
    answer(database, call).then(
      (result) => tell({ told: "reply", id: call.id, result }),
      (error: unknown) => onError(error, "answering the test"),
    );
  });
  process.once("disconnect", () => process.exit(0));
  process.once("SIGTERM", () => {
    isStopping = true;
    server
      .stop()
      .then(() => database[Symbol.asyncDispose]())
      .then(() => process.exit(0))
      .catch((error: unknown) => onError(error, "stopping"));
  });
  // Who is killed does not write it at its end.
  flushCompileCache();
  void tell({ told: "ready", url: server.url, nodeId: server.engine.membership.nodeId });
}

function arm(next: Armed): void {
  armed = next;
  passed = 0;
}

/** SIGKILL takes the process before `kill` returns: nothing after the point happens. */
function reached(point: ServerPoint): void {
  if (armed?.point !== point) return;
  passed += 1;
  if (passed >= armed.after) process.kill(process.pid, "SIGKILL");
}

async function answer(database: Database, call: Exclude<Call, { call: "arm" }>): Promise<Reply> {
  switch (call.call) {
    case "read":
      return readLedger(database, call.tenantId);
    case "readAfterDeath":
      return readAfterDeath(database, call.before);
    case "stand": {
      const [row] = await database.query<{ queued: number; leased: number }>(STANDING, []);
      return row ?? { queued: 0, leased: 0 };
    }
  }
}

/** What a killed process had sent may still be committed; its connections are gone when that is over. */
async function readAfterDeath(
  database: Database,
  { name, tenantId }: NonNullable<CrashingServerOptions["before"]>,
): Promise<Ledger> {
  if (database.kind === "postgres") {
    while ((await database.query(CONNECTIONS_OF, [name])).length > 0);
  }
  return readLedger(database, tenantId);
}

/** Resolves when it has left this process. */
async function tell(told: Told): Promise<void> {
  await new Promise<void>((resolve) => {
    if (process.send === undefined) throw new Error("this server is started by a test");
    process.send(told, undefined, undefined, () => resolve());
  });
}
