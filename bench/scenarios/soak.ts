/**
 * Soak: half load (open loop) for half an hour, while partitions are made and dropped and 50,000 deliveries of a paused
 * endpoint wait beside it. Neither memory nor latency may grow, and vacuum must keep up with the hot table.
 *
 * Without those that wait the hot table is nearly empty at this load, and any share of it says nothing.
 */
import { createFakeClock } from "../../devkit/fake-clock.ts";
import type { Database } from "../../server/src/db/database.ts";
import { DAY_MS } from "../../server/src/maintenance/day-partitions.ts";
import { dropPartitions } from "../../server/src/maintenance/drop-partitions.ts";
import { makePartitions } from "../../server/src/maintenance/make-partitions.ts";
import { loadBacklog } from "../loaders/load-backlog.ts";
import { toUuid } from "../loaders/row-ids.ts";
import { machineMicros } from "../machine-clock.ts";
import { countArrivals, toDetails } from "../measure/describe-phase.ts";
import { type HotTable, readHotTable } from "../measure/hot-table.ts";
import type { LatencySummary } from "../measure/latencies.ts";
import { leastSquaresSlope } from "../measure/least-squares.ts";
import { medianOf } from "../measure/median.ts";
import { MemoryWatch } from "../measure/memory-watch.ts";
import type { SiteReceiver } from "../site/open-receiver.ts";
import { EVENT_TYPE, type Site } from "../site/open-site.ts";
import type { Scenario, ScenarioOptions, ScenarioResult } from "./scenario.ts";
import { openSteadyReference } from "./steady-reference.ts";

/** Spans in which latencies are summed up, at least a few in the shortest run. */
const SPAN_SECONDS = 60;
const SPANS_MIN = 4;
/**
 * The heap settles within this share of the run, and the database has had its first checkpoint, from which on it writes
 * all the time; what grows after it grows for ever.
 */
const SETTLED_SHARE = 0.2;
const RETENTION = { eventDays: 30, attemptDays: 14 };
const OLD_DAYS = 60;

export const soak: Scenario = {
  name: "soak",
  about: "half load for half an hour, with partitions made and dropped",
  seconds: 1_800,
  rows: 50_000,
  run: runSoak,
};

interface Span {
  readonly deliverMs: LatencySummary;
  /** null on the embedded database, which only its server can ask. */
  readonly hotTable: HotTable | null;
  readonly dropped: number;
}

async function runSoak(site: Site, options: ScenarioOptions): Promise<ScenarioResult> {
  const { seconds, rows } = options;
  const steady = await openSteadyReference(site, options);
  const full = await steady.phase({ name: "full load", seconds: Math.min(seconds, 10) });
  await makeWaiting(site, rows);

  const spanMs = Math.min(SPAN_SECONDS, seconds / SPANS_MIN) * 1_000;
  using memory = new MemoryWatch(site.posthorn.pids);
  const startedAt = performance.now();
  const running = steady.phase({
    name: "half load",
    seconds,
    perSecond: full.deliveredPerSecond / 2,
    warmUpSeconds: 0,
  });
  const spans: Span[] = [];
  for (let endsAt = startedAt + spanMs; endsAt <= startedAt + seconds * 1_000; endsAt += spanMs) {
    const span = await watchSpan(site, steady.receiver, { endsAt, span: spans.length });
    if (span.deliverMs.count > 0) spans.push(span);
    site.note(`span ${spans.length}: p50 ${span.deliverMs.p50.toFixed(1)} ms`);
  }
  const minutes = seconds / 60;
  const slopeMiB = memory.slope({ fromMinute: minutes * SETTLED_SHARE, toMinute: minutes });
  const phase = await running;

  const settled = spans.slice(Math.floor(spans.length * SETTLED_SHARE));
  const shares = spans.flatMap(({ hotTable }) =>
    hotTable === null ? [] : [hotTable.dead / Math.max(1, hotTable.live + hotTable.dead)],
  );
  return {
    figures: [
      {
        name: "memory slope",
        unit: "MiB/min",
        value: slopeMiB,
        must: { be: "at most", floor: 1 },
        from: `from ${memory.series().at(0)} to ${memory.series().at(-1)} MiB, peak ${memory.peak()?.toFixed(0)}`,
      },
      {
        name: "median latency, growth over the run",
        unit: "%",
        value: growth(settled.map(({ deliverMs }) => deliverMs.p50)) * 100,
        must: { be: "at most", floor: 5 },
        from: `p50 from ${settled.at(0)?.deliverMs.p50.toFixed(1)} to ${settled.at(-1)?.deliverMs.p50.toFixed(1)} ms; in the first minute ${spans.at(0)?.deliverMs.p50.toFixed(1)}`,
      },
      {
        name: "p99, growth over the run",
        unit: "%",
        value: growth(settled.map(({ deliverMs }) => deliverMs.p99)) * 100,
      },
      {
        name: "dead rows of the hot table, most",
        unit: "%",
        value: shares.length === 0 ? null : Math.max(...shares) * 100,
        must: { be: "at most", floor: 20 },
        ...(shares.length > 0 && { from: `median ${(medianOf(shares) * 100).toFixed(0)} %, ${rows} rows wait` }),
      },
      { name: "partitions dropped", value: spans.reduce((sum, { dropped }) => sum + dropped, 0) },
      ...countArrivals(site.phases),
    ],
    details: { full: toDetails(full), phase: toDetails(phase), spans, memoryMiB: memory.series() },
  };
}

/** Deliveries of an endpoint that is paused: they stand in the hot table for the whole run. */
async function makeWaiting(site: Site, rows: number): Promise<void> {
  const tenant = await site.tenant();
  const receiver = await site.receiver();
  const { id } = await tenant.endpoint({ url: receiver.url() });
  await tenant.call("POST", `/endpoints/${id}/pause`);
  const backlog = { endpointId: toUuid("ep", id), rows, firstSequence: site.reserve(rows), type: EVENT_TYPE };
  await site.withDatabase((database) => loadBacklog(database, { ...backlog, now: new Date() }));
}

async function watchSpan(
  site: Site,
  { process }: SiteReceiver,
  { endsAt, span }: { readonly endsAt: number; readonly span: number },
): Promise<Span> {
  await process.call("measure", { fromMicros: machineMicros(), toMicros: Number.MAX_SAFE_INTEGER, by: "arrival" });
  const isEmbedded = site.database.url === null;
  const dropped = isEmbedded ? 0 : await site.withDatabase((database) => makeAndDropPartitions(database, span));
  await new Promise((resolve) => setTimeout(resolve, Math.max(0, endsAt - performance.now())));
  const { latencyMs } = await process.call("report", null);
  return { deliverMs: latencyMs, hotTable: isEmbedded ? null : await site.withDatabase(readHotTable), dropped };
}

/** The server's own verbs, hourly in a server: makes the partitions of days long ago, and drops what is over. */
async function makeAndDropPartitions(database: Database, span: number): Promise<number> {
  const now = new Date();
  const longAgo = new Date(now.getTime() - (OLD_DAYS + span) * DAY_MS);
  await makePartitions({ database, clock: createFakeClock(longAgo) });
  const { dropped } = await dropPartitions({ database, clock: createFakeClock(now), retention: RETENTION });
  return dropped.length;
}

/** By the straight line through the values, from first to last, as a share of their mean. */
function growth(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return (leastSquaresSlope(values.map((y, x) => ({ x, y }))) * (values.length - 1)) / mean;
}
