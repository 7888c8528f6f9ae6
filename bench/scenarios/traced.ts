/**
 * Traced: two servers in turns under the steady load, one of which sends traces to a collector that answers. What
 * tracing costs in deliveries and CPU time, and whether every span arrives.
 */
import { setTimeout as wait } from "node:timers/promises";

import { countArrivals, describeCpu, toDetails } from "../measure/describe-phase.ts";
import { median, medianOf } from "../measure/median.ts";
import type { PhaseFigures } from "../measure/publish-phase.ts";
import { cpuSeconds } from "../measure/process-usage.ts";
import { deliveredPerSecond, medianRatio, takeTurns } from "../measure/take-turns.ts";
import type { CollectorCalls } from "../processes/collector.ts";
import { Companion } from "../processes/companion.ts";
import { openSite, type Site } from "../site/open-site.ts";
import type { Scenario, ScenarioOptions, ScenarioResult } from "./scenario.ts";
import { openSteadyReference, roundsOf } from "./steady-reference.ts";

/** Of a delivery that never waits: publish, store, deliver, record. */
const SPANS = 4;
/** Spans are sent once a second at the latest. */
const SENT_MS = 2_000;

export const traced: Scenario = {
  name: "traced",
  about: "single publishes to one endpoint with tracing, beside a server without",
  seconds: 8,
  rows: null,
  run: runTraced,
};

async function runTraced(plain: Site, options: ScenarioOptions): Promise<ScenarioResult> {
  await using collector = new Companion<CollectorCalls>(new URL("../processes/collector.ts", import.meta.url));
  const { port } = await collector.call("listen", null);
  await using tracing = await openSite({
    database: plain.database.kind,
    serving: plain.serving,
    short: options.short,
    settings: { OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}` },
    note: plain.note,
  });
  const { seconds } = options;
  const references = {
    plain: await openSteadyReference(plain, options),
    traced: await openSteadyReference(tracing, options),
  };
  const turns = await takeTurns({
    rounds: roundsOf(options),
    reference: () => references.plain.phase({ name: "without", seconds }),
    measured: () => references.traced.phase({ name: "traced", seconds }),
  });
  await wait(SENT_MS);
  const spans = await collector.call("countSpans", null);
  const deliveries = tracing.phases.reduce((sum, { arrivals }) => sum + arrivals.expected, 0);
  const collectorCpu = cpuSeconds([collector.pid]);
  const serverCpu = (phase: PhaseFigures): number => phase.cpuPerThousand["server"] ?? Number.NaN;
  const cpuRatios = turns.ratios(serverCpu);
  const [own, without] = [median(turns.measured, deliveredPerSecond), median(turns.reference, deliveredPerSecond)];
  return {
    figures: [
      { name: "delivered/s beside the server without", ...medianRatio(turns.ratios(deliveredPerSecond)) },
      {
        name: "delivered/s",
        value: own.deliveredPerSecond,
        from: `without ${without.deliveredPerSecond.toFixed(0)}`,
      },
      {
        name: "CPU of the server beside the one without",
        // Not a number where it was not measured.
        value: Number.isFinite(medianOf(cpuRatios)) ? medianOf(cpuRatios) : null,
        from: `${describeCpu(own)}; without ${describeCpu(without)}`,
      },
      {
        name: "CPU of the collector for 1,000",
        unit: "s",
        value: collectorCpu === null ? null : (collectorCpu / deliveries) * 1_000,
      },
      {
        name: "spans of a delivery that arrived",
        value: spans / deliveries,
        must: { be: "at least", floor: SPANS },
        from: `${spans} of ${deliveries} deliveries`,
      },
      ...countArrivals([...plain.phases, ...tracing.phases]),
    ],
    broken: (await tracing.broken()).map((line) => `traced: ${line}`),
    details: { without: turns.reference.map(toDetails), traced: turns.measured.map(toDetails), spans },
  };
}
