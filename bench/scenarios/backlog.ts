/**
 * Backlog: a million deliveries fall due on one endpoint. Others' p99 while it drains is compared with theirs before and
 * after, at the same rate (open loop); between them it drains alone, which is compared with the steady load. What the
 * server holds in memory must not follow the backlog, and the claim must visit endpoints, not rows: its plan stands in
 * the report.
 */
import { setTimeout as wait } from "node:timers/promises";

import { countDeliveries, loadBacklog } from "../loaders/load-backlog.ts";
import { toUuid } from "../loaders/row-ids.ts";
import { countArrivals, describeLatency, toDetails } from "../measure/describe-phase.ts";
import { type ExplainedClaim, explainClaim } from "../measure/explain-claim.ts";
import { MemoryWatch } from "../measure/memory-watch.ts";
import type { SecondOfRequests } from "../processes/receiver.ts";
import { CONNECTIONS } from "../site/connections.ts";
import { EVENT_TYPE, type Site } from "../site/open-site.ts";
import type { Scenario, ScenarioOptions, ScenarioResult } from "./scenario.ts";
import { openSteadyReference } from "./steady-reference.ts";

/** Who else there is. */
const OTHERS = 20;
/** The others' load, as a share of what one endpoint gets alone: the drain wants the rest of the machine. */
const OTHERS_SHARE = 0.25;
/** What a node may hold of payloads: memory may rise by it, and by no more, whatever waits. */
const MEMORY_MIB = 64;
const SETTLE_MS = 2_000;

export const backlog: Scenario = {
  name: "backlog",
  about: "a million deliveries fall due on one endpoint: the others' p99, and the drain",
  seconds: 20,
  rows: 1_000_000,
  run: runBacklog,
};

async function runBacklog(site: Site, options: ScenarioOptions): Promise<ScenarioResult> {
  const { seconds, rows } = options;
  const steady = await openSteadyReference(site, options);
  const full = await steady.phase({ seconds });
  const perSecond = full.deliveredPerSecond * OTHERS_SHARE;

  const types = Array.from({ length: OTHERS }, (_, place) => `other.number_${place}`);
  const others = await site.tenant(types);
  const othersReceiver = await site.receiver({ places: OTHERS });
  for (const [place, type] of types.entries()) {
    await others.endpoint({ url: othersReceiver.url(place), eventTypes: [type] });
  }
  const othersPhase = (name: string) => {
    const wanted = types.map((_, place) => [place]);
    return site.phase({
      name,
      targets: [others.target()],
      receiver: othersReceiver,
      seconds,
      types,
      wanted,
      perSecond,
    });
  };

  const owner = await site.tenant();
  const receiver = await site.receiver();
  const endpoint = await owner.endpoint({ url: receiver.url(), maxInFlight: CONNECTIONS });
  const move = (act: "pause" | "resume") => owner.call("POST", `/endpoints/${endpoint.id}/${act}`);
  const endpointId = toUuid("ep", endpoint.id);
  const firstSequence = site.reserve(rows);

  // The embedded database is its server's alone, and what is paused meanwhile is claimed in another way.
  const explain = async ({ isDue }: { readonly isDue: boolean }): Promise<ExplainedClaim | null> => {
    if (site.database.url === null) return null;
    return site.withDatabase((database) => explainClaim(database, { now: new Date(), isDue }));
  };
  const claimBefore = await explain({ isDue: false });
  const alone = await othersPhase("others alone");
  await move("pause");
  await site.withDatabase((database) =>
    loadBacklog(database, { endpointId, rows, firstSequence, type: EVENT_TYPE, now: new Date() }),
  );
  site.note(`${rows} deliveries wait`);

  using memory = new MemoryWatch(site.posthorn.pids);
  const restingMiB = memory.atStart();
  await move("resume");
  const arrivals = () => receiver.process.call("seconds", null);
  const [drainBeside, beside] = await rateDuring(arrivals, () => othersPhase("others beside the drain"));
  const claim = await explain({ isDue: true });
  const [drain] = await rateDuring(arrivals, () => wait(seconds * 1_000));
  const peakMiB = memory.peak();

  await move("pause");
  await wait(SETTLE_MS);
  const after = await othersPhase("others alone again");
  const aloneP99 = (alone.deliverMs.p99 + after.deliverMs.p99) / 2;
  const { once, again } = await receiver.process.call("countRange", { first: firstSequence, count: rows });
  const { waiting, succeeded } = await site.withDatabase((database) => countDeliveries(database, endpointId));
  const reachedMiB = restingMiB === null || peakMiB === null ? null : peakMiB - restingMiB;
  return {
    figures: [
      {
        name: "others' p99 beside being alone",
        value: beside.deliverMs.p99 / aloneP99,
        must: { be: "at most", floor: 2, goal: 1.3 },
        from: [beside, alone, after].map(({ deliverMs }) => describeLatency(deliverMs)).join("; alone "),
      },
      {
        name: "drain beside steady",
        value: drain / full.deliveredPerSecond,
        must: { be: "at least", floor: 0.6, goal: 0.8 },
        from: `${drain.toFixed(0)}/s; steady ${full.deliveredPerSecond.toFixed(0)}/s`,
      },
      {
        name: "memory gained with the backlog",
        unit: "MiB",
        value: reachedMiB,
        must: { be: "at most", floor: MEMORY_MIB },
        from: `peak ${peakMiB?.toFixed(0)}`,
      },
      { name: "claim", unit: "ms", value: claim?.milliseconds ?? null, from: describeClaims(claim, claimBefore) },
      { name: "backlog", value: rows, from: `${once} arrived, ${waiting} wait` },
      { name: "drain beside the others, of steady", value: drainBeside / full.deliveredPerSecond },
      { name: "others' load", unit: "requests/s", value: perSecond },
      ...countArrivals(site.phases),
    ],
    broken: [
      ...(again > 0 ? [`${again} deliveries of the backlog were repeated`] : []),
      ...(once + waiting === rows ? [] : [`of ${rows} deliveries ${once} arrived and ${waiting} wait`]),
      ...(once === succeeded ? [] : [`${once} deliveries arrived, ${succeeded} are recorded`]),
      ...(once === 0 ? ["nothing of the backlog arrived"] : []),
    ],
    notes: claim === null ? [] : ["the claim, with what is left of the backlog due:", ...claim.plan],
    details: {
      full: toDetails(full),
      alone: toDetails(alone),
      beside: toDetails(beside),
      after: toDetails(after),
      claim,
      claimBefore,
    },
  };
}

/** Requests a second while something else goes on, and what came of that. */
async function rateDuring<Result>(
  read: () => Promise<readonly SecondOfRequests[]>,
  work: () => Promise<Result>,
): Promise<readonly [number, Result]> {
  const total = async (): Promise<number> => (await read()).reduce((sum, { accepted }) => sum + accepted, 0);
  const startedAt = performance.now();
  const before = await total();
  const result = await work();
  return [((await total()) - before) / ((performance.now() - startedAt) / 1_000), result];
}

function describeClaims(now: ExplainedClaim | null, before: ExplainedClaim | null): string {
  if (now === null || before === null) return "planned on PostgreSQL only";
  return `${now.pages} pages; before, with nothing due: ${before.milliseconds.toFixed(2)} ms, ${before.pages} pages`;
}
