/**
 * Steady: single publishes of about 1 kB to one endpoint, all features on, beside the bare relay in the same run, in
 * turns.
 */
import { readDatabaseSize } from "../measure/database-size.ts";
import { countArrivals, describeCpu, describeLatency, toDetails } from "../measure/describe-phase.ts";
import { median } from "../measure/median.ts";
import { MemoryWatch } from "../measure/memory-watch.ts";
import { residentBytes } from "../measure/process-usage.ts";
import { deliveredPerSecond, medianRatio, takeTurns } from "../measure/take-turns.ts";
import { openRelay } from "../site/open-relay.ts";
import type { Site } from "../site/open-site.ts";
import type { Scenario, ScenarioOptions, ScenarioResult } from "./scenario.ts";
import { openSteadyReference, roundsOf } from "./steady-reference.ts";

/** A phase this long is for the memory's slope: one round of it is enough. */
const LONG_PHASE_SECONDS = 300;
const RELAY_SECONDS_MAX = 20;
const SETTLE_SECONDS = 5;
const MIB = 1024 * 1024;

export const steady: Scenario = {
  name: "steady",
  about: "single publishes to one endpoint, beside the bare relay",
  seconds: 10,
  rows: null,
  run: runSteady,
};

async function runSteady(site: Site, options: ScenarioOptions): Promise<ScenarioResult> {
  const { seconds, short } = options;
  const before = short ? null : await site.withDatabase(readDatabaseSize);
  const { receiver, phase } = await openSteadyReference(site, options);
  await using relay = await openRelay(receiver.url());
  const relayPhase = (of: number) =>
    site.phase({ name: "relay", targets: [relay.target], receiver, seconds: of, server: relay, promises: "none" });
  if (!short) await relayPhase(SETTLE_SECONDS);

  let memory = { slopeMiB: null as number | null, series: [] as number[] };
  const turns = await takeTurns({
    rounds: seconds >= LONG_PHASE_SECONDS ? 1 : roundsOf(options),
    reference: () => relayPhase(Math.min(seconds, RELAY_SECONDS_MAX)),
    measured: async () => {
      using watch = new MemoryWatch(site.posthorn.pids);
      const figures = await phase({ seconds });
      memory = { slopeMiB: watch.slope({ fromMinute: 1, toMinute: 5 }), series: watch.series() };
      return figures;
    },
  });
  const peakBytes = residentBytes(site.posthorn.pids)?.peak ?? null;
  const after = short ? null : await site.withDatabase(readDatabaseSize);

  const relayMedian = median(turns.reference, deliveredPerSecond);
  const posthorn = median(turns.measured, deliveredPerSecond);
  const deliveries = site.phases.reduce((sum, { arrivals }) => sum + arrivals.expected, 0);
  const logMB = before === null || after === null ? null : (after.walBytes - before.walBytes) / deliveries / 1_000;
  return {
    figures: [
      {
        name: "delivered/s beside the relay",
        ...medianRatio(turns.ratios(deliveredPerSecond)),
        must: { be: "at least", floor: 0.55, goal: 0.7 },
      },
      {
        name: "delivered/s",
        value: posthorn.deliveredPerSecond,
        from: `relay ${relayMedian.deliveredPerSecond.toFixed(0)}`,
      },
      {
        name: "publish p99",
        unit: "ms",
        value: posthorn.publishMs.p99,
        from: `${describeLatency(posthorn.publishMs)}; relay ${describeLatency(relayMedian.publishMs)}`,
      },
      {
        name: "publish-to-receiver p99",
        unit: "ms",
        value: posthorn.deliverMs.p99,
        from: `${describeLatency(posthorn.deliverMs)}; relay ${describeLatency(relayMedian.deliverMs)}`,
      },
      {
        name: "CPU of the server for 1,000",
        unit: "s",
        value: posthorn.cpuPerThousand["server"] ?? null,
        from: `${describeCpu(posthorn)}; relay ${describeCpu(relayMedian)}`,
      },
      { name: "log for 1,000", unit: "MB", value: logMB },
      { name: "memory peak", unit: "MiB", value: peakBytes === null ? null : peakBytes / MIB },
      {
        name: "memory slope of minutes 2 to 5",
        unit: "MiB/min",
        value: memory.slopeMiB,
        ...(seconds >= LONG_PHASE_SECONDS && { must: { be: "at most", floor: 1 } as const }),
      },
      ...countArrivals(site.phases),
    ],
    details: {
      relay: turns.reference.map(toDetails),
      posthorn: turns.measured.map(toDetails),
      memoryMiB: memory.series,
    },
  };
}
