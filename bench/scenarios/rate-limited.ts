/**
 * Rate-limited: a receiver takes so many requests a second and answers the others 429 with `Retry-After`, while twice as
 * much is published for it (open loop). What it is asked must settle under its limit, no try is spent on a 429, and
 * others do not notice.
 */
import { countArrivals, describeLatency, toDetails } from "../measure/describe-phase.ts";
import { openPublisher } from "../site/open-publisher.ts";
import type { Site } from "../site/open-site.ts";
import type { SiteTenant } from "../site/site-tenant.ts";
import type { Scenario, ScenarioOptions, ScenarioResult } from "./scenario.ts";
import { openSteadyReference } from "./steady-reference.ts";

const LIMIT_PER_SECOND = 50;
const ASKED_PER_SECOND = 2 * LIMIT_PER_SECOND;
const RETRY_AFTER_SECONDS = 1;
const OTHERS_SHARE = 0.25;
const DRAIN_MS = 180_000;

export const rateLimited: Scenario = {
  name: "rate-limited",
  about: "a receiver answers 429 with Retry-After above its limit",
  seconds: 30,
  rows: null,
  run: runRateLimited,
};

async function runRateLimited(site: Site, options: ScenarioOptions): Promise<ScenarioResult> {
  const { seconds, short } = options;
  const steady = await openSteadyReference(site, options);
  const full = await steady.phase({ name: "full load", seconds: Math.min(seconds, 10) });
  const perSecond = full.deliveredPerSecond * OTHERS_SHARE;
  const alone = await steady.phase({ name: "others alone", seconds, perSecond });

  const tenant = await site.tenant();
  const rule = { kind: "limit", perSecond: LIMIT_PER_SECOND, retryAfterSeconds: RETRY_AFTER_SECONDS } as const;
  const receiver = await site.receiver({ rule });
  await tenant.endpoint({ url: receiver.url() });
  await using publisher = openPublisher();
  const limited = site.phase({
    name: "above the limit",
    publisher,
    targets: [tenant.target()],
    receiver,
    seconds,
    perSecond: ASKED_PER_SECOND,
    drainMs: DRAIN_MS,
  });
  const beside = await steady.phase({ name: "others beside it", seconds, perSecond });
  const phase = await limited;

  const series = await receiver.process.call("seconds", null);
  const whole = series.slice(1, -1);
  const later = short ? series : whole.slice(Math.floor(whole.length / 2));
  const requests = later.reduce((sum, second) => sum + second.requests, 0);
  const refused = later.reduce((sum, second) => sum + second.requests - second.accepted, 0);
  return {
    figures: [
      {
        name: "requests/s beside the limit, second half",
        value: requests / later.length / LIMIT_PER_SECOND,
        must: { be: "at most", floor: 1 },
        from: `${refused} of ${requests} were answered 429`,
      },
      {
        name: "most tries of a delivery",
        value: await findMostTries(tenant),
        must: { be: "at most", floor: 1 },
        from: "a 429 spends none",
      },
      {
        name: "others' p99 beside being alone",
        value: beside.deliverMs.p99 / alone.deliverMs.p99,
        must: { be: "at most", floor: 2, goal: 1.3 },
        from: `${describeLatency(beside.deliverMs)}; alone ${describeLatency(alone.deliverMs)}`,
      },
      { name: "drained after", unit: "s", value: series.length - seconds },
      ...countArrivals(site.phases),
    ],
    details: { alone: toDetails(alone), beside: toDetails(beside), limited: toDetails(phase), series },
  };
}

/** The most tries that a delivery of this tenant has spent, over all pages. */
async function findMostTries(tenant: SiteTenant): Promise<number> {
  let most = 0;
  for (let cursor: string | null = ""; cursor !== null;) {
    const page: DeliveryPage = await tenant.call("GET", `/deliveries?limit=250${cursor && `&cursor=${cursor}`}`);
    most = Math.max(most, ...page.data.map(({ attemptCount }) => attemptCount));
    cursor = page.nextCursor === null ? null : encodeURIComponent(page.nextCursor);
  }
  return most;
}

interface DeliveryPage {
  readonly data: readonly { readonly attemptCount: number }[];
  readonly nextCursor: string | null;
}
