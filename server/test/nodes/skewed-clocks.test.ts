/** Three nodes whose wall clocks are hours apart: ids and schedules follow the database's clock. */
import { join } from "node:path";

import { expect, it, vi } from "vitest";

import { describeWithPostgres } from "../support/database.ts";
import type { ServingProcess } from "../support/start-serving-process.ts";
import { openSite, type Site, startPublishing } from "./open-site.ts";

const HOUR_MS = 3_600_000;
const RETRY_S = 2;
const SKEWS_MS = [-HOUR_MS, 0, HOUR_MS];
/** Between two events of different nodes, and of a busy machine. */
const SLACK_MS = 5_000;

/** Several processes start in each test, which takes seconds apiece where others work too. */
vi.setConfig({ testTimeout: 120_000 });

describeWithPostgres("three nodes with skewed clocks", () => {
  it("make no id twice, and every time and every retry is right", async () => {
    await using site = await openSite({ answerAfterMs: () => 0, status: (before) => (before === 0 ? 500 : 200) });
    const startedAt = Date.now();
    const nodes: ServingProcess[] = [];
    for (const aheadMs of SKEWS_MS) nodes.push(await startSkewed(site, aheadMs));
    const [node] = nodes;
    if (node === undefined) throw new Error("there is no node");
    await site.endpoint(node, "/failing", { retryWaits: [RETRY_S, RETRY_S, RETRY_S] });
    const load = startPublishing(site, { nodes: () => nodes, publishers: 9 });
    await load.accepted(150);
    const accepted = await load.stop();
    expect(new Set(accepted).size).toBe(accepted.length);

    const times = (): Map<string, number[]> => {
      const found = new Map<string, number[]>();
      for (const { eventId, at } of site.receiver.arrivals("/failing"))
        found.set(eventId, [...(found.get(eventId) ?? []), at]);
      return found;
    };
    await site.receiver.until(() => site.receiver.arrivals("/failing").length >= 2 * accepted.length);
    for (const [first, second] of times().values()) {
      const waitedMs = (second ?? Infinity) - (first ?? 0);
      // Twenty per cent of chance on the wait, and a poll.
      expect(waitedMs).toBeGreaterThan(RETRY_S * 800 - 50);
      expect(waitedMs).toBeLessThan(RETRY_S * 1_200 + SLACK_MS);
    }

    // What receivers check, and what owners read.
    for (const { headers } of site.receiver.arrivals("/failing")) {
      expect(Math.abs(Number(headers["webhook-timestamp"]) * 1000 - Date.now())).toBeLessThan(60_000);
    }
    const { data } = await site.call(node, { method: "GET", path: `${site.tenantPath}/events?limit=250` });
    for (const { createdAt } of data) {
      expect(Date.parse(createdAt)).toBeGreaterThanOrEqual(startedAt - SLACK_MS);
      expect(Date.parse(createdAt)).toBeLessThanOrEqual(Date.now() + SLACK_MS);
    }
    expect(nodes.flatMap(({ complaints }) => complaints)).toEqual([]);
  });
});

/** The log's lines say how wrong a node is. */
async function startSkewed(site: Site, aheadMs: number): Promise<ServingProcess> {
  const node = await site.start({
    nodeFlags: ["--import", join(import.meta.dirname, "skew-clock.js")],
    env: { CLOCK_AHEAD_MS: String(aheadMs) },
  });
  const saidAt = Date.parse(String(node.log[0]?.["time"]));
  expect(Math.abs(saidAt - Date.now() - aheadMs)).toBeLessThan(60_000);
  return node;
}
