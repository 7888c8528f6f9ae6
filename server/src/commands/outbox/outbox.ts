/**
 * `posthorn outbox sql | relay`: for products whose tables stand in another database than Posthorn's. `sql` prints what
 * makes the outbox there; `relay` empties it into Posthorn until it is stopped.
 */
import { setTimeout as wait } from "node:timers/promises";
import { parseArgs } from "node:util";

import { ConfigError, readRelayConfig } from "../../config.ts";
import { type Clock, createDatabaseClock } from "../../db/clock.ts";
import { type Database, DatabaseError } from "../../db/database.ts";
import { openPostgres } from "../../db/postgres.ts";
import { measureOutbox } from "../../db/queries/measure-outbox.ts";
import { createLog, type Log } from "../../log.ts";
import { waitForSignal } from "../wait-for-signal.ts";
import { relayOnce } from "./outbox-relay.ts";
import { outboxSql } from "./outbox-sql.ts";
import type { PosthornAddress } from "./publish-rows.ts";

/** What a committed event waits at most, where nothing is in the way. */
const LOOK_MS = 200;
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 30_000;
const MEASURE_MS = 60_000;
const COUNT_UP_TO = 10_000;
const POOL_SIZE = 2;

/** Ends with code 0 at SIGTERM and SIGINT, after what it is publishing. Throws ConfigError. */
export async function runOutbox(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { "database-url": { type: "string" }, url: { type: "string" } },
  });
  const [verb, ...rest] = positionals;
  if (rest.length > 0 || (verb !== "sql" && verb !== "relay")) {
    throw new ConfigError("Expected posthorn outbox sql, or posthorn outbox relay. See posthorn --help.");
  }
  if (verb === "sql") {
    process.stdout.write(await outboxSql());
    return 0;
  }
  const config = readRelayConfig({ databaseUrl: values["database-url"], url: values.url });
  const log = createLog(config.logLevel);
  const stopped = new AbortController();
  void waitForSignal().then(() => stopped.abort());
  await using outbox = await openPostgres({
    url: config.databaseUrl,
    poolSize: POOL_SIZE,
    onError: (error, doing) => log.error({ err: error }, doing),
  });
  const relaying = { outbox, clock: await createDatabaseClock(outbox), to: config.to, log, signal: stopped.signal };
  await measure(relaying, 0);
  log.info({ url: config.to.url }, "relaying");
  await relay(relaying);
  log.info("stopped");
  return 0;
}

interface Relaying {
  readonly outbox: Database;
  /** The outbox's database's. */
  readonly clock: Clock;
  readonly to: PosthornAddress;
  readonly log: Log;
  readonly signal: AbortSignal;
}

async function relay(relaying: Relaying): Promise<void> {
  const { outbox, clock, to, log, signal } = relaying;
  let failures = 0;
  let relayed = 0;
  let measuredMs = performance.now();
  while (!signal.aborted) {
    const { rows, taken, setAside, trouble } = await relayOnce({ outbox, to, now: () => clock.now() }).catch(toTrouble);
    relayed += taken;
    for (const { row, problem, detail } of setAside) {
      log.warn({ id: row.id, tenant: row.tenant, type: row.type, problem, detail }, "set aside");
    }
    failures = trouble === null ? 0 : failures + 1;
    if (trouble !== null) {
      const waitMs = Math.max(trouble.waitMs ?? 0, Math.min(FIRST_WAIT_MS * 2 ** (failures - 1), LONGEST_WAIT_MS));
      log.warn({ waitMs }, trouble.why);
      await pause(waitMs, signal);
    } else if (rows === 0) await pause(LOOK_MS, signal);
    if (performance.now() - measuredMs >= MEASURE_MS) {
      measuredMs = performance.now();
      await measure(relaying, relayed).catch((error: unknown) => log.error({ err: error }, "measuring the outbox"));
    }
  }
  await measure(relaying, relayed).catch(() => {});
}

/** The outbox's database is away, or ended a transaction: it may be another in a moment. */
function toTrouble(error: unknown): Awaited<ReturnType<typeof relayOnce>> {
  if (!(error instanceof DatabaseError)) throw error;
  const why = `the outbox's database refused: ${error.message}`;
  return { rows: 0, taken: 0, setAside: [], trouble: { why, waitMs: null } };
}

async function measure({ outbox, clock, log }: Relaying, relayed: number): Promise<void> {
  const { waiting, oldest_at, set_aside } = await measureOutbox(outbox, { countUpTo: COUNT_UP_TO });
  const oldestAgeSeconds = oldest_at === null ? 0 : Math.max(0, (clock.nowMs() - oldest_at.getTime()) / 1_000);
  log.info({ waiting, oldestAgeSeconds, setAside: set_aside, relayed }, "outbox");
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await wait(ms, undefined, { signal }).catch(() => {});
}
