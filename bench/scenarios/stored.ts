/**
 * Stored: two servers in turns, one whose database is new and one whose database holds ten million deliveries that
 * ended. Publishing and claiming must cost the same on both, and every list of the full one must answer in time, with
 * every filter, also those that match little or nothing.
 */
import { loadHistory } from "../loaders/load-history.ts";
import { toUuid } from "../loaders/row-ids.ts";
import { countArrivals, toDetails } from "../measure/describe-phase.ts";
import { medianOf } from "../measure/median.ts";
import { deliveredPerSecond, medianRatio, takeTurns } from "../measure/take-turns.ts";
import { timeLists } from "../measure/time-lists.ts";
import { CONNECTIONS } from "../site/connections.ts";
import { EVENT_TYPE, openSite, type Site } from "../site/open-site.ts";
import type { Scenario, ScenarioOptions, ScenarioResult } from "./scenario.ts";
import { openSteadyReference, roundsOf } from "./steady-reference.ts";

const FULL = { endpoints: 20, types: 50, days: 10, listsAsked: 5 };
const SHORT = { endpoints: 2, types: 4, days: 2, listsAsked: 1 };
/** Deliveries that wait and are then claimed, in each round. */
const CLAIMED = 4_000;
const CLAIMED_SHORT = 200;
const BATCH = 100;
const LOOK_MS = 10;
const LIST_MS = 200;

export const stored: Scenario = {
  name: "stored",
  about: "ten million deliveries stored: publish and claim beside an empty database, and every list",
  seconds: 8,
  rows: 10_000_000,
  run: runStored,
};

async function runStored(empty: Site, options: ScenarioOptions): Promise<ScenarioResult> {
  const { seconds, rows, short } = options;
  await using full = await openSite({ database: empty.database.kind, serving: empty.serving, short, note: empty.note });
  const extent = short ? SHORT : FULL;
  const { owner, other, endpointIds, types } = await makeHistory(full, { rows, ...extent });

  const references = {
    empty: await openSteadyReference(empty, options),
    full: await openSteadyReference(full, options),
  };
  const publishing = await takeTurns({
    rounds: roundsOf(options),
    reference: () => references.empty.phase({ name: "empty", seconds }),
    measured: () => references.full.phase({ name: "full", seconds }),
  });
  const claimed = short ? CLAIMED_SHORT : CLAIMED;
  const claiming: number[] = [];
  for (let round = 0; round < roundsOf(options); round += 1) {
    const rates = { full: await claimRate(full, claimed), empty: await claimRate(empty, claimed) };
    claiming.push(rates.empty / rates.full);
    empty.note(`claimed/s: empty ${rates.empty.toFixed(0)}, full ${rates.full.toFixed(0)}`);
  }
  const filters = { type: types[3] ?? "", now: new Date(), asked: extent.listsAsked };
  const lists = [
    ...(await timeLists(owner, { ...filters, endpointId: endpointIds[0] ?? "" })),
    ...(await timeLists(other, filters)),
  ];
  const slowest = lists.toSorted((a, b) => b.worstMs - a.worstMs);
  const [worst] = slowest;
  const publishTimes = publishing.ratios(deliveredPerSecond).map((ratio) => 1 / ratio);
  return {
    figures: [
      {
        name: "publishing, times the empty table's",
        ...medianRatio(publishTimes),
        must: { be: "at most", floor: 1.3, goal: 1.1 },
      },
      {
        name: "claiming, times the empty table's",
        value: medianOf(claiming),
        must: { be: "at most", floor: 1.3, goal: 1.1 },
        from: `rounds ${claiming.map((one) => one.toFixed(2)).join(" ")}`,
      },
      {
        name: "slowest list",
        unit: "ms",
        value: worst?.worstMs ?? null,
        must: { be: "at most", floor: LIST_MS },
        from: `${worst?.path}; ${lists.length} lists and filters`,
      },
      { name: "deliveries stored", value: rows },
      ...countArrivals([...empty.phases, ...full.phases]),
    ],
    broken: (await full.broken()).map((line) => `full: ${line}`),
    notes: [
      "the slowest lists:",
      ...slowest.slice(0, 5).map(({ path, worstMs }) => `${worstMs.toFixed(0)} ms ${path}`),
    ],
    details: {
      empty: publishing.reference.map(toDetails),
      full: publishing.measured.map(toDetails),
      claiming,
      lists: slowest,
    },
  };
}

async function makeHistory(
  site: Site,
  of: { readonly rows: number; readonly endpoints: number; readonly types: number; readonly days: number },
) {
  const types = Array.from({ length: of.types }, (_, index) => `history.event_${index}`);
  const owner = await site.tenant(types);
  const other = await site.tenant(types);
  const receiver = await site.receiver();
  const endpointIds: string[] = [];
  for (let place = 0; place < of.endpoints; place += 1) {
    endpointIds.push((await owner.endpoint({ url: receiver.url() })).id);
  }
  const otherEndpoint = await other.endpoint({ url: receiver.url() });
  await site.withDatabase((database) =>
    loadHistory(
      database,
      {
        rows: of.rows,
        days: of.days,
        now: new Date(),
        tenantIds: [toUuid("ten", owner.id), toUuid("ten", other.id)],
        endpointIds: endpointIds.map((id) => toUuid("ep", id)),
        otherEndpointId: toUuid("ep", otherEndpoint.id),
        types,
      },
      site.note,
    ),
  );
  return { owner, other, endpointIds, types };
}

/** Deliveries a second out of the lanes: so many wait for a paused endpoint, which is then resumed. */
async function claimRate(site: Site, count: number): Promise<number> {
  const tenant = await site.tenant();
  await using receiver = await site.receiver();
  const { id } = await tenant.endpoint({ url: receiver.url(), maxInFlight: CONNECTIONS });
  await tenant.call("POST", `/endpoints/${id}/pause`);
  const events = Array.from({ length: BATCH }, () => ({ type: EVENT_TYPE, data: { id: "inv_20417", amount: 4200 } }));
  for (let done = 0; done < count; done += BATCH) await tenant.call("POST", "/events/batch", { events });
  const startedAt = performance.now();
  await tenant.call("POST", `/endpoints/${id}/resume`);
  for (;;) {
    const seconds = await receiver.process.call("seconds", null);
    if (seconds.reduce((sum, { accepted }) => sum + accepted, 0) >= count) break;
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
  return count / ((performance.now() - startedAt) / 1_000);
}
