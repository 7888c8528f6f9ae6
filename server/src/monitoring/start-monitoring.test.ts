/** The monitoring port of a running server, over real HTTP. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { startReceiver } from "../../../devkit/receivers/start-receiver.ts";
import { openTestDatabase, type TestDatabase } from "../../test/support/database.ts";
import { startWatchedServer, type WatchedServer } from "../../test/support/start-watched-server.ts";
import { DAY_MS, dayPartition } from "../maintenance/day-partitions.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await openTestDatabase();
});
afterAll(() => database[Symbol.asyncDispose]());

const checksOf = async (watched: WatchedServer) => {
  const response = await watched.probe("/health/ready");
  return { httpStatus: response.status, ...((await response.json()) as object) };
};
const OK = { ok: true };
const READY = {
  httpStatus: 200,
  status: "ready",
  checks: { accepting: OK, database: OK, heartbeat: OK, partitions: OK },
};

describe("health", () => {
  it("is live and ready once it is started", async () => {
    await using watched = await startWatchedServer({ database });
    const live = await watched.probe("/health/live");
    expect([live.status, await live.json()]).toEqual([200, { status: "live" }]);
    expect(await checksOf(watched)).toEqual(READY);
  });

  it("is not ready while the node's heartbeat is older than rescue waits", async () => {
    await using watched = await startWatchedServer({ database });
    watched.clock.advance(9_000);
    expect(await checksOf(watched)).toEqual(READY);
    watched.clock.advance(1_000);
    expect(await checksOf(watched)).toEqual({
      httpStatus: 503,
      status: "not_ready",
      checks: { ...READY.checks, heartbeat: { ok: false, detail: "Last written 10 s ago." } },
    });
    await watched.server.engine.membership.runOnce();
    watched.clock.advance(1_000);
    expect(await checksOf(watched)).toEqual(READY);
  });

  it("is not ready when a partition of tomorrow is missing", async () => {
    await using own = await openTestDatabase();
    await using watched = await startWatchedServer({ database: own });
    const { name } = dayPartition("attempts", watched.clock.nowMs() + DAY_MS);
    await own.script(`drop table ${name}`);
    expect(await checksOf(watched)).toEqual({
      httpStatus: 503,
      status: "not_ready",
      checks: { ...READY.checks, partitions: { ok: false, detail: `Missing: ${name}.` } },
    });
  });

  it("is live and not ready while it finishes what is in flight", async () => {
    const arrived = Promise.withResolvers<void>();
    const mayAnswer = Promise.withResolvers<void>();
    await using receiver = await startReceiver({
      async react({ response }) {
        arrived.resolve();
        await mayAnswer.promise;
        response.end();
      },
    });
    await using watched = await startWatchedServer({ database });
    const path = await watched.newTenant("invoice.paid");
    await watched.send("POST", `${path}/endpoints`, { url: receiver.url });
    await watched.send("POST", `${path}/events`, { type: "invoice.paid", data: 1 });
    await arrived.promise;

    const stopped = watched.server.stop();
    expect((await watched.probe("/health/live")).status).toBe(200);
    expect(await checksOf(watched)).toMatchObject({
      httpStatus: 503,
      checks: { ...READY.checks, accepting: { ok: false, detail: "The server is stopping." } },
    });
    expect((await watched.scrape()).get("posthorn_deliveries_in_flight")).toBe(1);
    mayAnswer.resolve();
    await stopped;
    await expect(watched.probe("/health/live")).rejects.toThrow();
  });

  it("answers HEAD without a body, and refuses other methods and paths", async () => {
    await using watched = await startWatchedServer({ database });
    const head = await watched.probe("/health/ready?from=probe", { method: "HEAD" });
    expect([head.status, await head.text()]).toEqual([200, ""]);
    const post = await watched.probe("/metrics", { method: "POST", body: "x".repeat(100_000) });
    expect([post.status, post.headers.get("allow")]).toEqual([405, "GET, HEAD"]);
    expect((await watched.probe("/v1/tenants")).status).toBe(404);
  });
});

describe("metrics", () => {
  it("count publishes, events, attempts and ends, with labels of closed lists only", async () => {
    await using receiver = await startReceiver();
    await using failing = await startReceiver({ react: ({ response }) => void response.writeHead(500).end() });
    await using watched = await startWatchedServer({ database });
    const path = await watched.newTenant("invoice.paid");
    const [first] = await Promise.all([
      watched.send("POST", `${path}/endpoints`, { url: `${receiver.url}/hooks?token=abc` }),
      watched.send("POST", `${path}/endpoints`, { url: failing.url }),
    ]);
    await watched.send("POST", `${path}/events`, { type: "invoice.paid", data: { amount: 1 } });
    await expect(watched.send("POST", `${path}/events`, { type: "not.known", data: {} })).rejects.toThrow();
    await watched.recorded(2);

    const series = await watched.scrape();
    expect(Object.fromEntries(series)).toMatchObject({
      'posthorn_publishes_total{status="202"}': 1,
      'posthorn_publishes_total{status="422"}': 1,
      posthorn_publish_duration_seconds_count: 2,
      'posthorn_events_stored_total{source="publish"}': 1,
      posthorn_deliveries_stored_total: 2,
      posthorn_store_commit_duration_seconds_count: 2,
      'posthorn_deliveries_leased_total{by="store"}': 2,
      posthorn_first_attempt_delay_seconds_count: 2,
      'posthorn_attempts_total{outcome="accepted",class="none"}': 1,
      'posthorn_attempts_total{outcome="rejected",class="http_server_error"}': 1,
      posthorn_attempt_duration_seconds_count: 2,
      posthorn_record_batch_attempts_sum: 2,
      'posthorn_deliveries_finished_total{state="succeeded"}': 1,
      posthorn_records_fenced_total: 0,
      posthorn_deliveries_waiting: 1,
      posthorn_deliveries_leased: 0,
      posthorn_due_lag_seconds: 0,
      posthorn_deliveries_in_flight: 0,
      posthorn_sockets_open: 2,
      posthorn_database_up: 1,
      'posthorn_table_partitions{table="events"}': 9,
    });
    expect(series.get('posthorn_table_size_bytes{table="queue"}')).toBeGreaterThan(0);
    expect(series.get("posthorn_database_connections_open")).toBeGreaterThan(0);
    expect(series.get("process_resident_memory_bytes")).toBeGreaterThan(1e6);
    expect(series.size).toBeLessThan(250);
    const text = [...series.keys()].join("\n");
    for (const unbounded of [path.slice(-8), String(first["id"]), "127.0.0.1", "hooks", "invoice.paid"]) {
      expect(text).not.toContain(unbounded);
    }
  });

  it("name their unit and say what they are", async () => {
    await using watched = await startWatchedServer({ database });
    const text = await (await watched.probe("/metrics")).text();
    const names = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)];
    expect(names.length).toBeGreaterThan(30);
    for (const [, name = "", type] of names) {
      expect(name).toMatch(/^(posthorn|process|nodejs)_[a-z0-9_]+$/);
      if (type === "counter") expect(name).toMatch(/_total$/);
      expect(text).toMatch(new RegExp(`^# HELP ${name} .+`, "m"));
    }
  });
});
