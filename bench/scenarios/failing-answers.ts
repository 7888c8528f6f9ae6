/** Failing answers: 30 % of all requests are answered 500. Nothing is lost, and what succeeds does not slow down much. */
import { countArrivals, toDetails } from "../measure/describe-phase.ts";
import { deliveredPerSecond, medianRatio, takeTurns } from "../measure/take-turns.ts";
import { CONNECTIONS } from "../site/connections.ts";
import type { Site } from "../site/open-site.ts";
import type { Scenario, ScenarioOptions, ScenarioResult } from "./scenario.ts";
import { openSteadyReference, roundsOf } from "./steady-reference.ts";

const SHARE = 0.3;
/** So many tries that no delivery fails at all of them, one a second, so that the run ends. */
const RETRY_WAITS = Array.from({ length: 30 }, () => 1);

export const failingAnswers: Scenario = {
  name: "failing-answers",
  about: "30 % of answers fail, beside the steady load",
  seconds: 10,
  rows: null,
  run: runFailingAnswers,
};

async function runFailingAnswers(site: Site, options: ScenarioOptions): Promise<ScenarioResult> {
  const { seconds } = options;
  const steady = await openSteadyReference(site, options);
  const tenant = await site.tenant();
  const receiver = await site.receiver({ rule: { kind: "fail_share", share: SHARE, status: 500 } });
  await tenant.endpoint({ url: receiver.url(), maxInFlight: CONNECTIONS, retryWaits: RETRY_WAITS });
  const turns = await takeTurns({
    rounds: roundsOf(options),
    reference: () => steady.phase({ seconds }),
    measured: () => site.phase({ name: "failing", targets: [tenant.target()], receiver, seconds }),
  });
  const every = await receiver.process.call("seconds", null);
  const requests = every.reduce((sum, second) => sum + second.requests, 0);
  const accepted = every.reduce((sum, second) => sum + second.accepted, 0);
  return {
    figures: [
      {
        name: "delivered/s beside steady",
        ...medianRatio(turns.ratios(deliveredPerSecond)),
        must: { be: "at least", floor: 0.5, goal: 0.6 },
      },
      { name: "requests for each delivery", value: requests / accepted },
      ...countArrivals(site.phases),
    ],
    details: { steady: turns.reference.map(toDetails), failing: turns.measured.map(toDetails) },
  };
}
