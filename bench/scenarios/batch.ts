/** Batch: publishes of 100 events each to one endpoint, beside single publishes to the same endpoint. */
import { countArrivals, toDetails } from "../measure/describe-phase.ts";
import { median } from "../measure/median.ts";
import { deliveredPerSecond, medianRatio, takeTurns } from "../measure/take-turns.ts";
import type { Site } from "../site/open-site.ts";
import type { Scenario, ScenarioOptions, ScenarioResult } from "./scenario.ts";
import { openSteadyReference, roundsOf } from "./steady-reference.ts";

/** The most that one publish may hold. */
const EVENTS = 100;
/** Beyond it there are 6,400 events under way, whatever the server does, and waiting is all that is measured. */
const PUBLISHERS = 8;

export const batch: Scenario = {
  name: "batch",
  about: "publishes of 100 events, beside single ones",
  seconds: 10,
  rows: null,
  run: runBatch,
};

async function runBatch(site: Site, options: ScenarioOptions): Promise<ScenarioResult> {
  const { seconds } = options;
  const steady = await openSteadyReference(site, options);
  const { tenant, receiver } = steady;
  const turns = await takeTurns({
    rounds: roundsOf(options),
    reference: () => steady.phase({ seconds }),
    measured: () =>
      site.phase({
        name: "batches",
        targets: [tenant.target("batch")],
        receiver,
        seconds,
        batch: EVENTS,
        connections: PUBLISHERS,
      }),
  });
  const published = median(turns.measured, (phase) => phase.publishedPerSecond);
  return {
    figures: [
      {
        name: "delivered/s beside single publishes",
        ...medianRatio(turns.ratios(deliveredPerSecond)),
        must: { be: "at least", floor: 1.2, goal: 2 },
      },
      {
        name: "published/s beside single publishes",
        ...medianRatio(turns.ratios((phase) => phase.publishedPerSecond)),
      },
      { name: "published events/s", value: published.publishedPerSecond },
      ...countArrivals(site.phases),
    ],
    details: { steady: turns.reference.map(toDetails), batches: turns.measured.map(toDetails) },
  };
}
