/** `posthorn serve --processes` and `--roles`, as an operator starts and stops them. */
import { expect, it, vi } from "vitest";

import { describeWithPostgres } from "../support/database.ts";
import type { ServingProcess } from "../support/start-serving-process.ts";
import { startServingProcess } from "../support/start-serving-process.ts";
import { openSite, startPublishing } from "./open-site.ts";

const PROCESSES = 2;
const ANSWER_MS = 20;

/** Several processes start in each test, which takes seconds apiece where others work too. */
vi.setConfig({ testTimeout: 120_000 });

describeWithPostgres("serve --processes", () => {
  it("shares one port and one monitoring port, and tells of all", async () => {
    await using site = await openSite({ answerAfterMs: () => ANSWER_MS });
    const node = await site.start({ flags: ["--processes", String(PROCESSES)] });
    await site.endpoint(node, "/all");
    const load = startPublishing(site, { nodes: () => [node], publishers: 8 });
    await load.accepted(100);
    const accepted = await load.stop();
    await site.receiver.until(() => site.receiver.arrivals("/all").length >= accepted.length);

    const series = await scrape(node);
    expect(series.get('posthorn_events_stored_total{source="publish"}')).toBe(accepted.length);
    expect(series.get('posthorn_processes{state="serving"}')).toBe(PROCESSES);
    expect(series.get("posthorn_nodes")).toBe(PROCESSES);
    // Each took a part of the callers.
    expect(series.get('process_cpu_seconds_total{process="1"}')).toBeGreaterThan(0);
    expect(series.get('process_cpu_seconds_total{process="2"}')).toBeGreaterThan(0);
    expect(await readiness(node)).toMatchObject({
      status: "ready",
      processes: [
        { process: 1, status: "ready" },
        { process: 2, status: "ready" },
      ],
    });
  });

  it("starts a killed process again, while the others serve and nothing that was counted is forgotten", async () => {
    await using site = await openSite({ answerAfterMs: () => ANSWER_MS });
    const node = await site.start({ flags: ["--processes", String(PROCESSES)] });
    await site.endpoint(node, "/all");
    const load = startPublishing(site, { nodes: () => [node], publishers: 8 });
    await load.accepted(60);
    const before = (await scrape(node)).get('posthorn_events_stored_total{source="publish"}') ?? 0;
    process.kill(pidOf(node, 1), "SIGKILL");
    await node.logged(({ msg }) => msg === "a process ended: starting it again");
    const restarted = node.log.filter(({ msg }) => msg === "a process serves").length;
    await node.logged((entry) => entry["msg"] === "a process serves" && node.log.indexOf(entry) >= restarted);
    await load.accepted(200);
    const accepted = new Set(await load.stop());
    await site.receiver.until(() => {
      for (const { eventId } of site.receiver.arrivals("/all")) accepted.delete(eventId);
      return accepted.size === 0;
    });
    const series = await scrape(node);
    expect(before).toBeGreaterThan(0);
    expect(series.get('posthorn_events_stored_total{source="publish"}')).toBeGreaterThan(before);
    expect(series.get("posthorn_process_restarts_total")).toBe(1);
    expect((await readiness(node)).status).toBe("ready");
  });

  it("drains every process at SIGTERM and ends with code 0: what was accepted arrives, once", async () => {
    await using site = await openSite({ answerAfterMs: () => ANSWER_MS });
    const node = await site.start({ flags: ["--processes", String(PROCESSES)] });
    await site.endpoint(node, "/all");
    const load = startPublishing(site, { nodes: () => [node], publishers: 8 });
    await load.accepted(100);
    expect(await node.end("SIGTERM")).toBe(0);
    const accepted = await load.stop();
    // What waited in its lane is left to the next node.
    const next = await site.start();
    await site.receiver.until(() => site.receiver.arrivals("/all").length >= accepted.length);
    const arrived = site.receiver.arrivals("/all").map(({ eventId }) => eventId);
    expect(new Set(arrived).size).toBe(arrived.length);
    expect(await next.end("SIGTERM")).toBe(0);
    expect(node.complaints).toEqual([]);
  });

  it("ends with code 1 when a process cannot start, and with 2 for a wrong setting", async () => {
    await using site = await openSite({ answerAfterMs: () => 0 });
    const start = (flags: readonly string[], databaseUrl = site.database.url ?? "") =>
      startServingProcess({
        databaseUrl,
        rootKey: site.rootKey,
        encryptionKeys: `k1:${Buffer.alloc(32).toString("base64")}`,
        flags,
      });
    await expect(start(["--processes", "2"], "postgres://posthorn@127.0.0.1:1/none")).rejects.toThrow("ended with 1");
    await expect(start(["--processes", "0"])).rejects.toThrow("ended with 2");
    await expect(start(["--roles", "api,queen"])).rejects.toThrow("ended with 2");
  });
});

describeWithPostgres("serve --roles", () => {
  it("lets one node answer callers and another deliver", async () => {
    await using site = await openSite({ answerAfterMs: () => 0 });
    const api = await site.start({ flags: ["--roles", "api"] });
    const dispatcher = await site.start({ env: { POSTHORN_ROLES: "dispatcher" } });
    expect(dispatcher.url).toBe("");
    await site.endpoint(api, "/all");
    const load = startPublishing(site, { nodes: () => [api], publishers: 4 });
    await load.accepted(50);
    const accepted = await load.stop();
    await site.receiver.until(() => site.receiver.arrivals("/all").length >= accepted.length);

    const [ofApi, ofDispatcher] = [await scrape(api), await scrape(dispatcher)];
    expect(ofApi.get('posthorn_events_stored_total{source="publish"}')).toBe(accepted.length);
    expect([...ofApi.keys()].filter((name) => name.startsWith("posthorn_deliveries_leased_total"))).toEqual([]);
    expect(ofDispatcher.get('posthorn_deliveries_leased_total{by="claim"}')).toBe(accepted.length);
    expect((await readiness(dispatcher)).status).toBe("ready");
  });

  it("wakes who delivers: a published event is not found by chance", async () => {
    await using site = await openSite({ answerAfterMs: () => 0 });
    const api = await site.start({ flags: ["--roles", "api"] });
    await site.start({ flags: ["--roles", "dispatcher"] });
    await site.endpoint(api, "/all");
    const delays: number[] = [];
    for (let turn = 0; turn < 15; turn += 1) {
      const publishedAt = performance.now();
      await site.publish(api);
      await site.receiver.until(() => site.receiver.arrivals("/all").length > turn);
      delays.push((site.receiver.arrivals("/all")[turn]?.at ?? Infinity) - publishedAt);
    }
    // Looked for every 750 ms, half would take longer than 375.
    expect(delays.sort((a, b) => a - b)[Math.floor(delays.length / 2)]).toBeLessThan(110);
  });

  it("sends a test from the node that was asked for it", async () => {
    await using site = await openSite({ answerAfterMs: () => 0 });
    const api = await site.start({ flags: ["--roles", "api"] });
    const endpoint = await site.endpoint(api, "/tested");
    const attempt = await site.call(api, { path: `${endpoint.path}/test`, body: {} });
    expect(attempt.outcome).toBe("accepted");
  });
});

async function scrape(node: ServingProcess): Promise<ReadonlyMap<string, number>> {
  const text = await (await fetch(`${node.monitoringUrl}/metrics`)).text();
  return new Map(
    [...text.matchAll(/^([a-z_]+(?:\{.*\})?) (\S+)$/gm)].map(([, name, value]) => [name ?? "", Number(value)]),
  );
}

async function readiness(node: ServingProcess): Promise<{ readonly status: string }> {
  return (await fetch(`${node.monitoringUrl}/health/ready`)).json() as Promise<{ readonly status: string }>;
}

function pidOf(node: ServingProcess, place: number): number {
  const entry = node.log.findLast(({ msg, process }) => msg === "a process serves" && process === place);
  return Number(entry?.["pid"]);
}
