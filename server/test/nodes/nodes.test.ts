/**
 * Several nodes on one database, as processes of the operating system, under load: what each promises alone, they
 * promise together. A node is killed and one is added while they work.
 */
import { expect, it, vi } from "vitest";

import { fromUuidId, toNumberId } from "../../src/core/ids/public-id.ts";
import type { Statement } from "../../src/db/database.ts";
import { describeWithPostgres } from "../support/database.ts";
import type { ServingProcess } from "../support/start-serving-process.ts";
import { openSite, type Site, startPublishing } from "./open-site.ts";

const CAP = 6;
const RATE = 20;
/** Of the rate limit: a tenth of a second's worth. */
const BURST = 2;
/** Requests that were let go in one second may arrive in the next, on a machine that others use. Nodes that did not
 * share a limit would send twice, or four times, the rate. */
const JITTER = 10;
/** Events of one phase of the load. */
const PHASE = 120;
const ANSWER_MS = 30;

const HELD_BY: Statement = {
  name: "test-held-by",
  text: `select q.event_id, q.endpoint_id from queue q join nodes n on n.id = q.lease >> 32 where n.pid = $1::integer`,
};

/** Several processes start in each test, which takes seconds apiece where others work too. */
vi.setConfig({ testTimeout: 120_000 });

describeWithPostgres("several nodes on one database", () => {
  it.each([1, 2, 4])("%i: every event arrives once, and caps and rate limits hold", async (count) => {
    await using site = await openSite({ answerAfterMs: () => ANSWER_MS });
    const nodes = await startNodes(site, count);
    await prepare(site, nodes[0]);
    await settled(site, count);
    const load = startPublishing(site, { nodes: () => nodes, publishers: 12 });
    await load.accepted(2 * PHASE);
    const accepted = await load.stop();
    await arrived(site, accepted, ["/capped", "/plain"]);
    expect(repeated(site, "/capped")).toEqual([]);
    expect(repeated(site, "/plain")).toEqual([]);
    expect(site.receiver.takeMost("/capped")).toBeLessThanOrEqual(CAP);
    // What is enough for one is used by all.
    expect(site.receiver.takeMost("/plain")).toBeGreaterThan(count);
    expect(mostInASecond(site)).toBeLessThanOrEqual(RATE + BURST + JITTER);
    expect(nodes.flatMap(({ complaints }) => complaints)).toEqual([]);
  });

  it("repeat only what a killed node had in flight, and take a new one in, within the caps", async () => {
    await using site = await openSite({ answerAfterMs: () => ANSWER_MS });
    const nodes = await startNodes(site, 3);
    const { cappedId, plainId } = await prepare(site, nodes[0]);
    await settled(site, nodes.length);
    let living = nodes;
    const load = startPublishing(site, { nodes: () => living, publishers: 12 });
    await load.accepted(PHASE);

    const [killed, ...others] = nodes;
    if (killed === undefined) throw new Error("there is no node");
    living = others;
    await killed.end("SIGKILL");
    const held = await site.database.query<{ event_id: number; endpoint_id: string }>(HELD_BY, [killed.pid]);
    const heldAt = (endpointId: string): string[] =>
      held.flatMap((row) =>
        row.endpoint_id === fromUuidId("ep", endpointId) ? [toNumberId("evt", row.event_id)] : [],
      );
    await load.accepted(2 * PHASE);
    living = [...others, await site.start()];
    await load.accepted(4 * PHASE);
    const accepted = await load.stop();
    // The lease of a killed node is rescued after ten seconds.
    await arrived(site, accepted, ["/capped", "/plain"]);

    expect(held.length).toBeGreaterThan(0);
    expect(heldAt(cappedId)).toEqual(expect.arrayContaining(repeated(site, "/capped")));
    expect(heldAt(plainId)).toEqual(expect.arrayContaining(repeated(site, "/plain")));
    expect(site.receiver.takeMost("/capped")).toBeLessThanOrEqual(CAP + living.length);
    expect(mostInASecond(site)).toBeLessThanOrEqual(RATE + BURST + JITTER);
  });
});

async function startNodes(site: Site, count: number): Promise<readonly ServingProcess[]> {
  const first = await site.start();
  return [first, ...(await Promise.all(Array.from({ length: count - 1 }, () => site.start())))];
}

/** An endpoint with a cap, one with a rate limit, and one with neither. */
async function prepare(site: Site, node: ServingProcess | undefined): Promise<{ cappedId: string; plainId: string }> {
  if (node === undefined) throw new Error("there is no node");
  const capped = await site.endpoint(node, "/capped", { maxInFlight: CAP });
  await site.endpoint(node, "/rated", { rateLimitPerSecond: RATE });
  const plain = await site.endpoint(node, "/plain", { maxInFlight: 64 });
  return { cappedId: capped.id, plainId: plain.id };
}

const DIVISORS: Statement = {
  name: "test-cap-divisors",
  text: "select count(*)::integer as settled from nodes where cap_divisor = $1::integer",
};

/** Every node has made room for every other. */
async function settled(site: Site, count: number): Promise<void> {
  while ((await site.database.query<{ settled: number }>(DIVISORS, [count]))[0]?.settled !== count);
}

async function arrived(site: Site, accepted: readonly string[], paths: readonly string[]): Promise<void> {
  const missing = paths.map((path) => ({ path, ids: new Set(accepted), seen: 0 }));
  await site.receiver.until(() =>
    missing.every((one) => {
      const arrivals = site.receiver.arrivals(one.path);
      for (; one.seen < arrivals.length; one.seen += 1) one.ids.delete(arrivals[one.seen]?.eventId ?? "");
      return one.ids.size === 0;
    }),
  );
}

function repeated(site: Site, path: string): string[] {
  const counts = new Map<string, number>();
  for (const { eventId } of site.receiver.arrivals(path)) counts.set(eventId, (counts.get(eventId) ?? 0) + 1);
  return [...counts].flatMap(([eventId, count]) => (count > 1 ? [eventId] : []));
}

function mostInASecond(site: Site): number {
  const times = site.receiver.arrivals("/rated").map(({ at }) => at);
  return Math.max(0, ...times.map((from) => times.filter((at) => at >= from && at < from + 1_000).length));
}
