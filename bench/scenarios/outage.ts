/**
 * Outage: a receiver is down for a minute under load (open loop), then back. Everything that was accepted arrives, and
 * the receiver that comes back is not trampled: while what waited drains beside the load that goes on, no second of the
 * drain's second half brings more than 1.2 times what a second brought before the outage.
 */
import { machineMicros } from "../machine-clock.ts";
import { countArrivals, toDetails } from "../measure/describe-phase.ts";
import type { SecondOfRequests } from "../processes/receiver.ts";
import { CONNECTIONS } from "../site/connections.ts";
import type { Site } from "../site/open-site.ts";
import type { Scenario, ScenarioOptions, ScenarioResult } from "./scenario.ts";
import { openSteadyReference } from "./steady-reference.ts";

const SHARE_OF_FULL_LOAD = 0.25;
const BEFORE_SECONDS = 15;
/** The standard schedule has tried twice by then; what failed at both comes within six minutes, or up to ten later. */
const AFTER_SECONDS = 700;
const SHORT = { beforeSeconds: 1, afterSeconds: 3, retryWaits: Array.from({ length: 30 }, () => 1) };
const DRAIN_MS = 480_000;
/** Seconds that are looked at together: a Poisson load differs more than that from one second to the next. */
const SMOOTH_SECONDS = 5;

export const outage: Scenario = {
  name: "outage",
  about: "a receiver is down for --seconds under load, then back",
  seconds: 60,
  rows: null,
  run: runOutage,
};

async function runOutage(site: Site, options: ScenarioOptions): Promise<ScenarioResult> {
  const { seconds, short } = options;
  const beforeSeconds = short ? SHORT.beforeSeconds : BEFORE_SECONDS;
  const afterSeconds = short ? SHORT.afterSeconds : AFTER_SECONDS;
  const steady = await openSteadyReference(site, options);
  const full = await steady.phase({ name: "full load", seconds: Math.min(seconds, 10) });
  const tenant = await site.tenant();
  const receiver = await site.receiver();
  await tenant.endpoint({
    url: receiver.url(),
    maxInFlight: CONNECTIONS,
    ...(short && { retryWaits: SHORT.retryWaits }),
  });

  const running = site.phase({
    name: "through the outage",
    targets: [tenant.target()],
    receiver,
    perSecond: full.deliveredPerSecond * SHARE_OF_FULL_LOAD,
    warmUpSeconds: 0,
    seconds: beforeSeconds + seconds + afterSeconds,
    drainMs: DRAIN_MS,
  });
  const startedAt = secondNow();
  await wait(beforeSeconds);
  await receiver.process.call("goDown", null);
  const downAt = secondNow();
  site.note("the receiver is down");
  await wait(seconds);
  await receiver.process.call("comeBack", null);
  const backAt = secondNow();
  site.note("the receiver is back");
  const phase = await running;

  const series = await receiver.process.call("seconds", null);
  const before = ratesOf(series, Math.ceil(startedAt) + 1, Math.floor(downAt), "requests");
  const drainEndsAt = series.findLast(({ second, late }) => second >= backAt && late > 0)?.second ?? backAt;
  const halfAt = (backAt + drainEndsAt) / 2;
  const beforeRate = mean(before);
  const mostOf = (of: keyof SecondOfRequests, from: number, to: number): number =>
    Math.max(0, ...smooth(ratesOf(series, Math.ceil(from), Math.floor(to), of), short ? 1 : SMOOTH_SECONDS)) /
    beforeRate;
  return {
    figures: [
      {
        name: "most requests in the drain's second half, beside before",
        value: mostOf("requests", halfAt, drainEndsAt),
        must: { be: "at most", floor: 1.2 },
        from: `${beforeRate.toFixed(0)}/s before; the first half's most is ${mostOf("requests", backAt, halfAt).toFixed(2)} ×`,
      },
      { name: "most of what had waited, in that half, beside before", value: mostOf("late", halfAt, drainEndsAt) },
      { name: "drain", unit: "s", value: drainEndsAt - backAt },
      ...countArrivals([phase]),
    ],
    details: { phase: toDetails(phase), startedAt, downAt, backAt, drainEndsAt, series },
  };
}

const secondNow = (): number => machineMicros() / 1_000_000;

function wait(seconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, seconds * 1_000));
}

/** So many in each second from `from` to before `to`, those without any included. */
function ratesOf(series: readonly SecondOfRequests[], from: number, to: number, of: keyof SecondOfRequests): number[] {
  const bySecond = new Map(series.map((one) => [one.second, one[of]]));
  return Array.from({ length: Math.max(1, to - from) }, (_, index) => bySecond.get(from + index) ?? 0);
}

/** Means of so many neighbours. */
function smooth(rates: readonly number[], over: number): number[] {
  if (rates.length <= over) return [mean(rates)];
  return Array.from({ length: rates.length - over + 1 }, (_, at) => mean(rates.slice(at, at + over)));
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
