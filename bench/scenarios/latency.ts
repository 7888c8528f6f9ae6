/**
 * Latency at half load: both servers are asked what they can do, then both get half of what Posthorn can, as publishers
 * come who know nothing of each other (open loop). Latency counts from when a request was due, in turns.
 */
import { watchCommits } from "../measure/commit-watch.ts";
import { countArrivals, describeLatency, toDetails } from "../measure/describe-phase.ts";
import type { Figure } from "../measure/figure.ts";
import type { LatencySummary } from "../measure/latencies.ts";
import { median, medianOf } from "../measure/median.ts";
import { deliverP99, takeTurns } from "../measure/take-turns.ts";
import { openRelay } from "../site/open-relay.ts";
import type { Site } from "../site/open-site.ts";
import type { Scenario, ScenarioOptions, ScenarioResult } from "./scenario.ts";
import { openSteadyReference, roundsOf } from "./steady-reference.ts";

/** As good as the multiple of the relay's: nobody waits for a webhook with a shorter breath. */
const FLOOR_MS = 20;
const GOAL_MS = 15;
const FLOOR_TIMES = 4;
const GOAL_TIMES = 3;

export const latency: Scenario = {
  name: "latency",
  about: "publish to receiver at half load, beside the bare relay",
  seconds: 10,
  rows: null,
  run: runLatency,
};

async function runLatency(site: Site, options: ScenarioOptions): Promise<ScenarioResult> {
  const { seconds } = options;
  const steady = await openSteadyReference(site, options);
  await using relay = await openRelay(steady.receiver.url());
  const full = await steady.phase({ name: "full load", seconds });
  const perSecond = full.deliveredPerSecond / 2;
  const commits: LatencySummary[] = [];
  const turns = await takeTurns({
    rounds: roundsOf(options),
    reference: () =>
      site.phase({
        name: "relay at that load",
        targets: [relay.target],
        receiver: steady.receiver,
        seconds,
        perSecond,
        server: relay,
        promises: "none",
      }),
    measured: async () => {
      const halfLoad = () => steady.phase({ name: "half load", seconds, perSecond });
      const { result, commitMs } = await watchCommits(site.database.url, halfLoad);
      if (commitMs !== null) commits.push(commitMs);
      return result;
    },
  });
  const own = median(turns.measured, deliverP99);
  const relays = median(turns.reference, deliverP99);
  const times = medianOf(turns.ratios(deliverP99));
  // Either of the two is enough: where the relay's is tiny the milliseconds count, else the multiple.
  const nearest = (limitTimes: number, limitMs: number): number => Math.max(limitTimes * relays.deliverMs.p99, limitMs);
  return {
    figures: [
      {
        name: "publish-to-receiver p99",
        unit: "ms",
        value: own.deliverMs.p99,
        must: { be: "at most", floor: nearest(FLOOR_TIMES, FLOOR_MS), goal: nearest(GOAL_TIMES, GOAL_MS) },
        from: `${times.toFixed(1)} × the relay's; ${describeLatency(own.deliverMs)}; relay ${describeLatency(relays.deliverMs)}`,
      },
      { name: "publish p99", unit: "ms", value: own.publishMs.p99, from: describeLatency(own.publishMs) },
      ...(commits.length === 0 ? [] : [describeCommits(commits)]),
      { name: "load", unit: "requests/s", value: perSecond },
      ...countArrivals(site.phases),
    ],
    details: {
      full: toDetails(full),
      commits,
      relay: turns.reference.map(toDetails),
      posthorn: turns.measured.map(toDetails),
    },
  };
}

/** Of the database alone: a publish is answered after a commit, and sent after it. */
function describeCommits(commits: readonly LatencySummary[]): Figure {
  const middle = median(commits, ({ p99 }) => p99);
  return { name: "a bare commit beside it, p99", unit: "ms", value: middle.p99, from: describeLatency(middle) };
}
