/**
 * Every scenario in its short form, for real, on one embedded database: figures come out, promises are looked at and
 * hold. And the looking itself: a loss, a repetition and a refusal that are planted are found.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { judge } from "../measure/figure.ts";
import { openSite, type Site } from "../site/open-site.ts";
import { scenarios } from "./all.ts";

const TIMEOUT_MS = 60_000;

let site: Site;

beforeAll(async () => {
  site = await openSite({ database: "embedded", short: true, note() {} });
});
afterAll(() => site[Symbol.asyncDispose]());

describe("in its short form", () => {
  it.each(scenarios.map((scenario) => [scenario.name, scenario] as const))(
    "%s gives its figures and keeps the promises",
    async (_name, { run }) => {
      const phasesBefore = site.phases.length;
      const { figures, broken = [] } = await run(site, { seconds: 0.6, rows: 200, short: true });
      expect(figures.map(judge).filter(({ floorVerdict }) => floorVerdict !== null)).not.toHaveLength(0);
      expect(figures.filter(({ value }) => value !== null && !Number.isFinite(value))).toEqual([]);
      expect(site.phases.length).toBeGreaterThan(phasesBefore);
      expect([...(await site.broken()), ...broken]).toEqual([]);
    },
    TIMEOUT_MS,
  );
});

describe("a site", () => {
  const phase = async (types?: readonly string[]) => {
    const tenant = await site.tenant();
    const receiver = await site.receiver();
    const endpoint = await tenant.endpoint({ url: receiver.url() });
    const publish = (drainMs: number) =>
      site.phase({
        name: "planted",
        targets: [tenant.target()],
        receiver,
        seconds: 0.2,
        warmUpSeconds: 0,
        perSecond: 50,
        drainMs,
        ...(types !== undefined && { types }),
      });
    return { tenant, receiver, endpoint, publish };
  };

  it("finds a delivery that does not arrive, and takes it back when it does", async () => {
    const { tenant, endpoint, publish } = await phase();
    await tenant.call("POST", `/endpoints/${endpoint.id}/pause`);
    const { arrivals, accepted } = await publish(100);
    expect(arrivals).toMatchObject({ missing: accepted, repeated: 0 });
    expect(await site.broken()).toEqual([`planted: ${accepted} accepted deliveries did not arrive`]);
    await tenant.call("POST", `/endpoints/${endpoint.id}/resume`);
    await expect.poll(() => site.broken(), { timeout: 10_000 }).toEqual([]);
  });

  it("finds a delivery that arrives again after its phase", async () => {
    const { tenant, publish } = await phase();
    await publish(10_000);
    const { data } = await tenant.call<{ data: { id: string }[] }>("GET", "/deliveries?limit=1");
    await tenant.call("POST", `/deliveries/${data[0]?.id}/resend`);
    await expect.poll(() => site.broken(), { timeout: 10_000 }).toEqual(["planted: 1 deliveries were repeated"]);
  });

  it("finds publishes that are refused", async () => {
    const { publish } = await phase(["not.registered"]);
    const { refused } = await publish(10_000);
    const broken = await site.broken();
    expect(broken).toContain("planted: nothing was accepted");
    expect(broken).toContain(`planted: ${refused["422"]} publishes were answered 422`);
  });
});
