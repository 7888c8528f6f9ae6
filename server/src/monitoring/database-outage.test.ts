/** What the monitoring port says while the database is away, hangs, or comes back. */
import { randomBytes } from "node:crypto";

import { pino } from "pino";
import { expect, it, vi } from "vitest";

import { describeWithPostgres, openTestDatabase } from "../../test/support/database.ts";
import { describeWithPostgresBinaries, startPostgresCluster } from "../../test/support/start-postgres-cluster.ts";
import { startWatchedServer } from "../../test/support/start-watched-server.ts";
import { startWire } from "../../test/support/start-wire.ts";
import { openPostgres } from "../db/postgres.ts";
import { startServer } from "../server.ts";

describeWithPostgres("behind a network that fails", () => {
  it("is not ready while no connection comes through, tells what it can, and is ready again", async () => {
    await using owner = await openTestDatabase({ kind: "postgres" });
    await using wire = await startWire(owner.url ?? "");
    await using database = await openPostgres({ url: wire.url, poolSize: 4 });
    await using watched = await startWatchedServer({ database });
    expect((await watched.probe("/health/ready")).status).toBe(200);

    wire.cut();
    watched.clock.advance(60_000);
    const away = await watched.probe("/health/ready");
    expect([away.status, await away.json()]).toEqual([
      503,
      {
        status: "not_ready",
        checks: {
          accepting: { ok: true },
          database: { ok: false, detail: expect.stringMatching(/^Refused with SQLSTATE 08...\.$/) },
          heartbeat: { ok: false, detail: "Not known: the database did not answer." },
          partitions: { ok: false, detail: "Not known: the database did not answer." },
        },
      },
    ]);
    expect((await watched.probe("/health/live")).status).toBe(200);
    const series = await watched.scrape();
    expect(series.get("posthorn_database_up")).toBe(0);
    expect(series.get("posthorn_deliveries_in_flight")).toBe(0);
    expect(series.has("posthorn_due_lag_seconds")).toBe(false);

    wire.mend();
    await watched.server.engine.membership.runOnce();
    expect((await watched.probe("/health/ready")).status).toBe(200);
    expect((await watched.scrape()).get("posthorn_database_up")).toBe(1);
  });

  it("answers within its time when the database hangs, asking once for all probes", async () => {
    await using owner = await openTestDatabase({ kind: "postgres" });
    await using wire = await startWire(owner.url ?? "");
    await using database = await openPostgres({ url: wire.url, poolSize: 4 });
    await using watched = await startWatchedServer({ database });
    await watched.probe("/health/ready");

    wire.stall();
    watched.clock.advance(1_000);
    const probes = await Promise.all(Array.from({ length: 20 }, () => watched.probe("/health/ready")));
    expect(new Set(probes.map(({ status }) => status))).toEqual(new Set([503]));
    expect(await probes[0]?.json()).toMatchObject({ checks: { database: { detail: "No answer within 2 s." } } });
    const { total, idle, waiting } = database.connections();
    // One carries the probes' question, one the dispatcher's claim.
    expect(total - idle + waiting).toBeLessThanOrEqual(2);

    wire.mend();
    await vi.waitFor(async () => expect((await watched.probe("/health/ready")).status).toBe(200), { timeout: 10_000 });
  });
});

describeWithPostgresBinaries("with a PostgreSQL that crashes", () => {
  it("is not ready while it is down, and ready and publishing again when it is back", { timeout: 60_000 }, async () => {
    await using cluster = await startPostgresCluster();
    const rootKey = `root_${randomBytes(16).toString("hex")}`;
    await using server = await startServer(
      {
        mode: "serve",
        roles: ["api", "dispatcher"],
        host: "127.0.0.1",
        port: 0,
        monitoring: { host: "127.0.0.1", port: 0 },
        database: { kind: "postgres", url: cluster.url, poolSize: 4 },
        rootKey,
        encryptionKeys: `test:${randomBytes(32).toString("base64")}`,
        egressAllow: [],
        trustedProxies: [],
        traces: null,
        reveal: "controlled",
        logLevel: "silent",
        retention: { eventDays: 30, attemptDays: 14 },
        maxInFlight: 100,
        endpointMaxInFlight: 16,
        requestBudgets: { free: 60, pro: 300, org: 1_000 },
      },
      pino({ level: "silent" }),
    );
    const readiness = async () => (await fetch(`${server.monitoringUrl}/health/ready`)).status;
    const createTenant = async () => {
      const response = await fetch(`${server.url}/v1/tenants`, {
        method: "POST",
        headers: { authorization: `Bearer ${rootKey}`, "content-type": "application/json" },
        body: '{"name":"Owner"}',
      });
      return response.status;
    };
    const becomes = (status: number) =>
      vi.waitFor(async () => expect(await readiness()).toBe(status), { timeout: 20_000, interval: 100 });

    expect([await readiness(), await createTenant()]).toEqual([200, 201]);
    await cluster.stop("immediate");
    await becomes(503);
    expect(await createTenant()).toBe(503);
    expect((await fetch(`${server.monitoringUrl}/health/live`)).status).toBe(200);
    await cluster.start();
    await becomes(200);
    expect(await createTenant()).toBe(201);
  });
});
