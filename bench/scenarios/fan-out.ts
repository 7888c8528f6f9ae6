/** Fan-out: each event goes to 100 endpoints; deliveries a second beside those of the steady load. */
import { countArrivals, toDetails } from "../measure/describe-phase.ts";
import { deliveredPerSecond, medianRatio, takeTurns } from "../measure/take-turns.ts";
import type { Site } from "../site/open-site.ts";
import type { Scenario, ScenarioOptions, ScenarioResult } from "./scenario.ts";
import { openSteadyReference, roundsOf } from "./steady-reference.ts";

const ENDPOINTS = 100;
const ENDPOINTS_SHORT = 10;
/** Two thousand deliveries are under way then: more only wait longer. */
const PUBLISHERS = 20;

export const fanOut: Scenario = {
  name: "fan-out",
  about: "each event to 100 endpoints, beside the steady load",
  seconds: 10,
  rows: null,
  run: runFanOut,
};

async function runFanOut(site: Site, options: ScenarioOptions): Promise<ScenarioResult> {
  const { seconds, short } = options;
  const steady = await openSteadyReference(site, options);
  const tenant = await site.tenant();
  const count = short ? ENDPOINTS_SHORT : ENDPOINTS;
  const receiver = await site.receiver({ places: count });
  const places = Array.from({ length: count }, (_, place) => place);
  for (const place of places) await tenant.endpoint({ url: receiver.url(place) });
  const turns = await takeTurns({
    rounds: roundsOf(options),
    reference: () => steady.phase({ seconds }),
    measured: () =>
      site.phase({
        name: "fan-out",
        targets: [tenant.target()],
        receiver,
        seconds,
        wanted: [places],
        connections: PUBLISHERS,
      }),
  });
  return {
    figures: [
      {
        name: "deliveries/s beside steady",
        ...medianRatio(turns.ratios(deliveredPerSecond)),
        must: { be: "at least", floor: 1 },
      },
      ...countArrivals(site.phases),
    ],
    details: { steady: turns.reference.map(toDetails), fanOut: turns.measured.map(toDetails) },
  };
}
