/**
 * Cost: what 1,000 deliveries of the steady load take of CPU, write-ahead log and tables, what memory the server needs
 * at full load, and what it takes when there is nothing to do.
 */
import { type DatabaseSize, readDatabaseSize } from "../measure/database-size.ts";
import { countArrivals, describeCpu, toDetails } from "../measure/describe-phase.ts";
import { MemoryWatch } from "../measure/memory-watch.ts";
import { cpuSeconds } from "../measure/process-usage.ts";
import type { Site } from "../site/open-site.ts";
import type { Scenario, ScenarioOptions, ScenarioResult } from "./scenario.ts";
import { openSteadyReference } from "./steady-reference.ts";

/** What is only written down or tidied after a load is over by then. */
const CALM_SECONDS = 10;
const SHORT_CALM_SECONDS = 0.5;
const BYTES_A_MB = 1_000_000;

export const cost: Scenario = {
  name: "cost",
  about: "CPU, log, tables and memory of 1,000 deliveries, and of none",
  seconds: 30,
  rows: null,
  run: runCost,
};

async function runCost(site: Site, options: ScenarioOptions): Promise<ScenarioResult> {
  const { seconds, short } = options;
  const steady = await openSteadyReference(site, options);
  const readSize = () => (short ? null : site.withDatabase(readDatabaseSize));
  const before = await readSize();
  using memory = new MemoryWatch(site.posthorn.pids);
  const full = await steady.phase({ name: "full load", seconds });
  const peakMiB = memory.peak();

  await wait(short ? SHORT_CALM_SECONDS : CALM_SECONDS);
  const idle = {
    server: await cpuShare(site.posthorn.pids, seconds),
    ...(site.database.pid !== null && { database: await cpuShare([site.database.pid], seconds) }),
  };
  const after = await readSize();
  const megabytes = (of: (size: DatabaseSize) => number): number | null =>
    before === null || after === null ? null : (of(after) - of(before)) / BYTES_A_MB / (full.arrivals.expected / 1_000);
  const percent = (share: number | null | undefined): number | null => (share == null ? null : share * 100);
  const inServer = site.database.kind === "embedded";
  return {
    figures: [
      {
        name: "CPU for 1,000",
        unit: "s",
        value: sumOf(full.cpuPerThousand["server"], inServer ? 0 : full.cpuPerThousand["database"]),
        from: describeCpu(full),
      },
      { name: "log for 1,000", unit: "MB", value: megabytes(({ walBytes }) => walBytes) },
      {
        name: "tables and indexes for 1,000",
        unit: "MB",
        value: megabytes(({ tableBytes }) => tableBytes),
      },
      {
        name: "idle, of a core",
        unit: "%",
        value: percent(idle.server),
        must: { be: "at most", floor: 1 },
        ...(idle.database !== undefined && { from: `the database ${percent(idle.database)?.toFixed(2)} %` }),
      },
      {
        name: "memory at full load",
        unit: "MB",
        value: peakMiB === null ? null : (peakMiB * 1024 * 1024) / BYTES_A_MB,
        // The embedded database lives in the server's memory; the bound is of the server alone.
        ...(inServer
          ? { from: "with the database in it" }
          : { must: { be: "at most", floor: 300, goal: 200 } as const }),
      },
      { name: "delivered/s", value: full.deliveredPerSecond },
      ...countArrivals(site.phases),
    ],
    details: { full: toDetails(full), idle, before, after },
  };
}

function sumOf(...values: readonly (number | null | undefined)[]): number | null {
  return values.reduce<number | null>((sum, value) => (sum === null || value == null ? null : sum + value), 0);
}

/** Of one core, over the next `seconds`. */
async function cpuShare(pids: readonly number[], seconds: number): Promise<number | null> {
  const before = cpuSeconds(pids);
  const startedAt = performance.now();
  await wait(seconds);
  const after = cpuSeconds(pids);
  return before === null || after === null ? null : (after - before) / ((performance.now() - startedAt) / 1_000);
}

function wait(seconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, seconds * 1_000));
}
