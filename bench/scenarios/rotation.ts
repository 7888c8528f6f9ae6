/**
 * Rotation: an endpoint's secret is rotated every two seconds under load (open loop), and a receiver that holds one
 * secret at a time changes over a second after each rotation. It verifies every request; it rejects none.
 */
import { countArrivals, describeLatency, toDetails } from "../measure/describe-phase.ts";
import { CONNECTIONS } from "../site/connections.ts";
import type { Site } from "../site/open-site.ts";
import type { Scenario, ScenarioOptions, ScenarioResult } from "./scenario.ts";
import { openSteadyReference } from "./steady-reference.ts";

const EVERY_MS = 2_000;
const CHANGE_OVER_MS = 1_000;
const SHORT_EVERY_MS = 400;
/** Longer than until the next rotation, which ends what is left of it. */
const OVERLAP_SECONDS = 60;

export const rotation: Scenario = {
  name: "rotation",
  about: "the secret is rotated every 2 s under load, and the receiver verifies",
  seconds: 30,
  rows: null,
  run: runRotation,
};

async function runRotation(site: Site, options: ScenarioOptions): Promise<ScenarioResult> {
  const { seconds, short } = options;
  const steady = await openSteadyReference(site, options);
  const full = await steady.phase({ name: "full load", seconds: Math.min(seconds, 10) });
  const tenant = await site.tenant();
  const receiver = await site.receiver({ rule: { kind: "verify" } });
  const endpoint = await tenant.endpoint({ url: receiver.url(), maxInFlight: CONNECTIONS });
  await receiver.process.call("trust", endpoint.secret);

  let rotations = 0;
  let over = false;
  const running = site
    .phase({
      name: "while rotating",
      targets: [tenant.target()],
      receiver,
      seconds,
      perSecond: full.deliveredPerSecond / 2,
    })
    .finally(() => (over = true));
  const everyMs = short ? SHORT_EVERY_MS : EVERY_MS;
  const rotating = (async (): Promise<void> => {
    while (!over) {
      const startedAt = performance.now();
      const { secret } = await tenant.call<{ secret: string }>("POST", `/endpoints/${endpoint.id}/secrets/rotate`, {
        overlapSeconds: OVERLAP_SECONDS,
        ...(rotations > 0 && { onConflict: "expire_old" }),
      });
      rotations += 1;
      await wait(short ? everyMs / 2 : CHANGE_OVER_MS);
      await receiver.process.call("trust", secret);
      await wait(everyMs - (performance.now() - startedAt));
    }
  })();
  const [phase] = await Promise.all([running, rotating]);

  const series = await receiver.process.call("seconds", null);
  const requests = series.reduce((sum, second) => sum + second.requests, 0);
  const rejected = series.reduce((sum, second) => sum + second.requests - second.accepted, 0);
  return {
    figures: [
      {
        name: "rejected",
        value: rejected,
        must: { be: "at most", floor: 0 },
        from: `of ${requests} requests verified`,
      },
      { name: "rotations", value: rotations },
      {
        name: "publish-to-receiver p99",
        unit: "ms",
        value: phase.deliverMs.p99,
        from: describeLatency(phase.deliverMs),
      },
      ...countArrivals([phase]),
    ],
    details: { phase: toDetails(phase), series },
  };
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.max(0, ms)));
}
