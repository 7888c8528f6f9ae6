/** A scenario in its short form against several processes and several nodes: for real, on the server of the tests. */
import { afterEach, beforeEach, expect, it, vi } from "vitest";

import { describeWithPostgres, postgresServerUrl } from "../../server/test/support/database.ts";
import { judge } from "../measure/figure.ts";
import { steady } from "../scenarios/steady.ts";
import { openSite } from "./open-site.ts";

/** Several processes start in each test, which takes seconds apiece where others work too. */
vi.setConfig({ testTimeout: 120_000 });

describeWithPostgres("a site", () => {
  beforeEach(() => void vi.stubEnv("DATABASE_URL", postgresServerUrl ?? ""));
  afterEach(() => void vi.unstubAllEnvs());

  it.each([
    ["two processes that share a port", { processes: 2, nodes: 1 }],
    ["two nodes, each with its own", { processes: 1, nodes: 2 }],
  ])("runs a scenario on %s, and the promises hold", async (_name, serving) => {
    await using site = await openSite({ database: "postgres", serving, short: true, note() {} });
    expect(new Set(site.posthorn.urls).size).toBe(serving.nodes);
    const { figures } = await steady.run(site, { seconds: 0.6, rows: 0, short: true });
    expect(figures.map(judge).filter(({ floorVerdict }) => floorVerdict !== null)).not.toHaveLength(0);
    expect(figures.filter(({ value }) => value !== null && !Number.isFinite(value))).toEqual([]);
    expect(await site.broken()).toEqual([]);
  });
});
