/**
 * Bad neighbours: of a hundred endpoints ten hang to the deadline, ten answer 500, and the names of ten have a dead name
 * server. What the healthy seventy get is compared with what they get alone, at the same rate (open loop), in turns.
 */
import { countArrivals, describeLatency, toDetails } from "../measure/describe-phase.ts";
import { median } from "../measure/median.ts";
import { deliverP99, medianRatio, takeTurns } from "../measure/take-turns.ts";
import { DEAD_DOMAIN, type Site } from "../site/open-site.ts";
import type { SiteEndpoint } from "../site/site-tenant.ts";
import type { Scenario, ScenarioOptions, ScenarioResult } from "./scenario.ts";
import { openSteadyReference, roundsOf } from "./steady-reference.ts";

/** Of a hundred endpoints. */
const FULL = { healthy: 70, tenth: 10 };
const SHORT = { healthy: 7, tenth: 1 };

export const badNeighbours: Scenario = {
  name: "bad-neighbours",
  about: "10 % hang, 10 % answer 500, 10 % have a dead name server; the others' p99",
  seconds: 30,
  rows: null,
  run: runBadNeighbours,
};

async function runBadNeighbours(site: Site, options: ScenarioOptions): Promise<ScenarioResult> {
  const { seconds, short } = options;
  const { healthy: healthyCount, tenth } = short ? SHORT : FULL;
  const allTypes = Array.from({ length: healthyCount + 3 * tenth }, (_, place) => `place.number_${place}`);
  const full = await (
    await openSteadyReference(site, options)
  ).phase({ name: "full load", seconds: Math.min(seconds, 10) });
  const perSecond = full.deliveredPerSecond / 2;

  const tenant = await site.tenant(allTypes);
  const healthy = await site.receiver({ places: healthyCount });
  const hanging = await site.receiver({ rule: { kind: "hang" } });
  const failing = await site.receiver({ rule: { kind: "fail", status: 500 } });
  const urlOf = (place: number): string => {
    if (place < healthyCount) return healthy.url(place);
    if (place < healthyCount + tenth) return hanging.url();
    if (place < healthyCount + 2 * tenth) return failing.url();
    return `http://receiver-${place}.${DEAD_DOMAIN}/`;
  };
  // All at once: each dead name is asked for while its endpoint is made.
  const endpoints = await Promise.all(
    allTypes.map((type, place) => tenant.endpoint({ url: urlOf(place), eventTypes: [type] })),
  );
  const bad = endpoints.slice(healthyCount);
  const move = (act: "enable" | "disable") =>
    Promise.all(bad.map(({ id }: SiteEndpoint) => tenant.call("POST", `/endpoints/${id}/${act}`)));
  const types = allTypes.slice(0, healthyCount);
  const wanted = allTypes.map((_, place) => (place < healthyCount ? [place] : []));
  await move("disable");

  const turns = await takeTurns({
    rounds: roundsOf(options),
    reference: () =>
      site.phase({
        name: "alone",
        targets: [tenant.target()],
        receiver: healthy,
        seconds,
        types,
        wanted,
        perSecond: (perSecond * healthyCount) / allTypes.length,
      }),
    measured: async () => {
      await move("enable");
      const phase = { name: "with bad neighbours", targets: [tenant.target()], receiver: healthy, seconds };
      const figures = await site.phase({ ...phase, types: allTypes, wanted, perSecond });
      await move("disable");
      return figures;
    },
  });
  const own = median(turns.measured, deliverP99);
  const alone = median(turns.reference, deliverP99);
  const requestsTo = async (of: typeof hanging): Promise<number> =>
    (await of.process.call("seconds", null)).reduce((sum, { requests }) => sum + requests, 0);
  return {
    figures: [
      {
        name: "healthy endpoints' p99 beside being alone",
        ...medianRatio(turns.ratios(deliverP99)),
        must: { be: "at most", floor: 2, goal: 1.3 },
      },
      {
        name: "healthy endpoints' p99",
        unit: "ms",
        value: own.deliverMs.p99,
        from: `${describeLatency(own.deliverMs)}; alone ${describeLatency(alone.deliverMs)}`,
      },
      { name: "load", unit: "requests/s", value: perSecond },
      {
        name: "requests that hung",
        value: await requestsTo(hanging),
        from: `${await requestsTo(failing)} were answered 500, ${site.unansweredQuestions()} questions went to the dead name server`,
      },
      ...countArrivals(site.phases),
    ],
    details: { alone: turns.reference.map(toDetails), withBadNeighbours: turns.measured.map(toDetails) },
  };
}
