import fc from "fast-check";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";

import { describeWithPostgres } from "../../../test/support/database.ts";
import {
  type EngineBench,
  finishedAttempt,
  openEngineBench,
  readLane,
  readLog,
  readQueue,
  ROOT,
  store,
  type TenantBench,
} from "../../../test/support/engine-bench.ts";
import { untilBlocked } from "../../../test/support/until-blocked.ts";
import { pauseEndpoint } from "../../core/endpoints/pause-endpoint.ts";
import { disableEndpoint } from "../../core/endpoints/disable-endpoint.ts";
import { resumeEndpoint } from "../../core/endpoints/resume-endpoint.ts";
import { sweepClosedEndpoints } from "../../core/endpoints/sweep-closed-endpoints.ts";
import { openPostgres } from "../../db/postgres.ts";
import { findNextTurn } from "../../db/queries/find-next-turn.ts";
import { giveTurns } from "../../db/queries/give-turns.ts";
import { leaseFromLanes } from "../../db/queries/lease-from-lanes.ts";
import { lockLanes } from "../../db/queries/lock-lanes.ts";
import type { HeldDelivery } from "../held-delivery.ts";
import { withoutAttempt } from "../record/without-attempt.ts";
import { writeRecord } from "../record/write-record.ts";
import { claimDueDeliveries } from "./claim-due-deliveries.ts";
import { type CapShare, WHOLE_CAP } from "./cap-share.ts";

const TAKE_KEY = {
  name: "test-take-key",
  text: `insert into publish_keys (tenant_id, kind, key, fingerprint, first_event_id, answer, expires_at)
    values ($1::uuid, 'id', 'once', '', 1, '[]', $2::timestamptz + interval '1 day')`,
};

let bench: EngineBench;
let home: TenantBench;
let leases = 0;

beforeAll(async () => {
  bench = await openEngineBench();
});
afterAll(() => bench[Symbol.asyncDispose]());
beforeEach(async () => {
  await bench.database.script("truncate queue, lanes, turn_requests");
  home = await bench.addTenant("a");
});

const settings = () => ({
  database: bench.database,
  clock: bench.clock,
  nextLease: () => (leases += 1),
  room: 1_000,
  defaultMaxInFlight: 16,
  capShare: WHOLE_CAP,
});

async function claim(
  input: { room?: number; defaultMaxInFlight?: number; capShare?: CapShare; nextLease?: () => number } = {},
): Promise<HeldDelivery[]> {
  const { deliveries } = await claimDueDeliveries({ ...settings(), ...input });
  return deliveries;
}

async function publishMany(tenant: TenantBench, count: number): Promise<void> {
  const events = Array.from({ length: count }, () => ({ type: "a" }));
  for (let done = 0; done < count; done += 400) {
    await store(bench, [tenant.request(events.slice(done, done + 400))], { nodeRoom: 0 });
  }
}

const succeed = (deliveries: readonly HeldDelivery[]): Promise<unknown> =>
  writeRecord(
    { database: bench.database, now: bench.clock.now(), eventIdDays: 30, defaultMaxInFlight: 16, onWaiting() {} },
    deliveries.map((delivery) => finishedAttempt(delivery, bench.clock.now())),
  );

/** Milliseconds from now. */
async function nextTurnMs(withinMs: number): Promise<number | null> {
  const now = bench.clock.now();
  const turn = await findNextTurn(bench.database, { now, until: new Date(now.getTime() + withinMs) });
  return turn === null ? null : turn.getTime() - now.getTime();
}

describe("the next turn", () => {
  it("is now where something is due, and of nobody once all is taken", async () => {
    await home.addEndpoint();
    await home.publish("a");
    expect(await nextTurnMs(0)).toBe(0);
    await claim();
    expect(await nextTurnMs(10_000)).toBeNull();
  });

  it("is that of the first delivery that is due later", async () => {
    await home.addEndpoint();
    await home.publish("a");
    const [delivery] = await claim();
    if (delivery === undefined) throw new Error("nothing was claimed");
    const dueAt = new Date(bench.clock.nowMs() + 800);
    await writeRecord(
      { database: bench.database, now: bench.clock.now(), eventIdDays: 30, defaultMaxInFlight: 16, onWaiting() {} },
      [withoutAttempt(delivery, { state: "pending", dueAt, parkUntil: null }, bench.clock.now())],
    );
    expect(await nextTurnMs(799)).toBeNull();
    expect(await nextTurnMs(800)).toBe(800);
    bench.clock.advance(800);
    expect(await claim()).toHaveLength(1);
  });

  it("is when the next rate token comes", async () => {
    await home.addEndpoint({ rateLimitPerSecond: 4 });
    await publishMany(home, 3);
    expect(await claim()).toHaveLength(1);
    expect(await nextTurnMs(1_000)).toBe(250);
    bench.clock.advance(250);
    expect(await claim()).toHaveLength(1);
  });

  it("is nobody's while the only endpoint is paused", async () => {
    const endpointId = await home.addEndpoint();
    await home.publish("a");
    await pauseEndpoint({ context: bench.context, actor: ROOT, tenantId: home.tenant.id, endpointId });
    expect(await claim()).toEqual([]);
    expect(await nextTurnMs(3_600_000)).toBeNull();
  });
});

describe("a claim", () => {
  it("takes what is due with all that the stages need", async () => {
    const endpointId = await home.addEndpoint({ maxInFlight: 3 });
    const eventId = await home.publish("a", { data: '{"n": 1}' });
    const [delivery] = await claim();
    expect(delivery).toMatchObject({
      eventId,
      endpointId,
      tenantId: home.tenant.id,
      maxInFlight: 3,
      type: "a",
      source: "publish",
      run: 1,
      attempts: 0,
      deferrals: 0,
      eventCreatedAt: bench.clock.now(),
      lease: leases,
    });
    expect(Buffer.from(delivery?.data ?? []).toString()).toBe('{"n": 1}');
    expect(await readQueue(bench.database, endpointId)).toMatchObject([{ lease: leases }]);
  });

  it("takes the lane away where nothing waits any more, and finds nothing then", async () => {
    const endpointId = await home.addEndpoint();
    await home.publish("a");
    expect(await claim()).toHaveLength(1);
    expect(await readLane(bench.database, endpointId)).toBeNull();
    expect(await claim()).toEqual([]);
  });

  it("takes the longest due first", async () => {
    await home.addEndpoint({ maxInFlight: 1 });
    const first = await home.publish("a");
    bench.clock.advance(10);
    await home.publish("a");
    expect((await claim({ room: 1 })).map(({ eventId }) => eventId)).toEqual([first]);
  });

  it("takes no more than there is room for", async () => {
    await home.addEndpoint();
    await publishMany(home, 5);
    expect(await claim({ room: 2 })).toHaveLength(2);
    expect(await claim({ room: 0 })).toEqual([]);
  });

  it("leaves what is due later, and comes back at that time", async () => {
    const endpointId = await home.addEndpoint();
    await home.publish("a");
    const later = new Date(bench.clock.nowMs() + 5_000);
    await bench.database.query({ name: "test-later", text: "update queue set due_at = $1::timestamptz" }, [later]);
    expect(await claim()).toEqual([]);
    expect(await readLane(bench.database, endpointId)).toMatchObject({ next_turn_at: later });
    bench.clock.advance(4_999);
    expect(await claim()).toEqual([]);
    bench.clock.advance(1);
    expect(await claim()).toHaveLength(1);
  });
});

it("tells a backlog from what has waited for a moment", async () => {
  const claimOnce = () => claimDueDeliveries({ ...settings(), room: 1 });
  await home.addEndpoint();
  await publishMany(home, 2);
  expect(await claimOnce()).toMatchObject({ lanes: 1, isBacklog: false });
  bench.clock.advance(1_000);
  expect(await claimOnce()).toMatchObject({ lanes: 1, isBacklog: true });
  expect(await claimOnce()).toMatchObject({ deliveries: [], isBacklog: false });
});

describe("turns", () => {
  it("give every endpoint its share of one claim", async () => {
    const others = await Promise.all(Array.from({ length: 4 }, () => bench.addTenant("a")));
    await home.addEndpoint();
    await publishMany(home, 500);
    for (const other of others) {
      await other.addEndpoint();
      await publishMany(other, 20);
    }
    const counts = Map.groupBy(await claim({ room: 50 }), ({ endpointId }) => endpointId);
    expect([...counts.values()].map(({ length }) => length)).toEqual([10, 10, 10, 10, 10]);
  });

  it("visit a backlog of hundreds once and the endpoint behind it in the next claim", async () => {
    await home.addEndpoint({ maxInFlight: 1_000 });
    await publishMany(home, 800);
    bench.clock.advance(10);
    const other = await bench.addTenant("a");
    const endpointId = await other.addEndpoint();
    await other.publish("a");
    bench.clock.advance(10);
    await claim({ room: 1 });
    expect((await claim({ room: 1 })).map((delivery) => delivery.endpointId)).toEqual([endpointId]);
  });

  it("reach every endpoint when there are more than one claim visits", async () => {
    const tenants = await Promise.all(Array.from({ length: 70 }, () => bench.addTenant("a")));
    for (const tenant of tenants) {
      await tenant.addEndpoint();
      await publishMany(tenant, 3);
    }
    const seen = new Set<string>();
    for (let round = 0; round < 2; round += 1) {
      bench.clock.advance(1);
      for (const { endpointId } of await claim({ room: 64 })) seen.add(endpointId);
    }
    expect(seen.size).toBe(70);
  });
});

describe("the in-flight cap", () => {
  it("bounds what is leased ahead, and the lane waits for room", async () => {
    const endpointId = await home.addEndpoint({ maxInFlight: 2 });
    await publishMany(home, 20);
    expect(await claim()).toHaveLength(8);
    expect(await claim()).toEqual([]);
    expect(await readLane(bench.database, endpointId)).toMatchObject({ capped: true });
  });

  it("gives the lane its turn with whatever is published, since the record may have had to pass it over", async () => {
    const endpointId = await home.addEndpoint({ maxInFlight: 1 });
    await publishMany(home, 10);
    await claim();
    await claim();
    expect(await readLane(bench.database, endpointId)).toMatchObject({ capped: true });
    bench.clock.advance(10);
    await publishMany(home, 1);
    expect((await readLane(bench.database, endpointId))?.next_turn_at).toEqual(bench.clock.now());
  });

  it("gives the lane its turn with the record that frees room", async () => {
    const endpointId = await home.addEndpoint({ maxInFlight: 1 });
    await publishMany(home, 10);
    const held = await claim();
    expect(held).toHaveLength(4);
    await succeed(held.slice(0, 2));
    expect(await readLane(bench.database, endpointId)).toMatchObject({
      capped: false,
      next_turn_at: bench.clock.now(),
    });
    expect(await claim()).toHaveLength(2);
  });

  it("looks again after a second where no record came", async () => {
    const endpointId = await home.addEndpoint({ maxInFlight: 1 });
    await publishMany(home, 10);
    await claim();
    await bench.database.query(
      { name: "test-end-silently", text: "delete from queue where endpoint_id = $1::uuid and lease is not null" },
      [endpointId],
    );
    bench.clock.advance(999);
    expect(await claim()).toEqual([]);
    bench.clock.advance(1);
    expect(await claim()).toHaveLength(4);
  });
});

describe("the in-flight cap of several nodes", () => {
  const node = (rank: number) => ({
    capShare: { divisor: 2, rank },
    nextLease: () => (rank + 1) * 2 ** 32 + (leases += 1),
  });

  it("is divided: each leases ahead of its own share, whatever the other holds", async () => {
    await home.addEndpoint({ maxInFlight: 5 });
    await publishMany(home, 40);
    expect(await claim(node(0))).toHaveLength(12);
    expect(await claim(node(0))).toEqual([]);
    bench.clock.advance(100);
    expect(await claim(node(1))).toHaveLength(8);
  });

  it("leaves the lane to the other one soon, where one has no room", async () => {
    const endpointId = await home.addEndpoint({ maxInFlight: 2 });
    await publishMany(home, 40);
    await claim(node(0));
    const next_turn_at = new Date(bench.clock.nowMs() + 100);
    expect(await readLane(bench.database, endpointId)).toMatchObject({ capped: true, next_turn_at });
  });
});

describe("the rate limit", () => {
  it.each([1, 3, 7, 10, 23, 60, 997])("of %i a second is kept over every window, and nothing starves", async (rate) => {
    await home.addEndpoint({ rateLimitPerSecond: rate, maxInFlight: 1_000 });
    const burst = Math.max(1, rate / 10);
    const total = Math.min(Math.ceil(burst) + rate + 2, 400);
    await publishMany(home, total);
    const times: number[] = [];
    const startMs = bench.clock.nowMs();
    while (times.length < total) {
      const taken = await claim();
      times.push(...taken.map(() => bench.clock.nowMs() - startMs));
      // Nothing more is to be had at this instant, however often it is asked.
      expect(await claim()).toEqual([]);
      bench.clock.advance(7);
      expect(bench.clock.nowMs() - startMs).toBeLessThan(10_000);
    }
    for (let first = 0; first < times.length; first += 1) {
      for (let last = first; last < times.length; last += 1) {
        const windowMs = (times[last] ?? 0) - (times[first] ?? 0);
        if (last - first + 1 > burst + (windowMs * rate) / 1_000 + 1e-6) {
          throw new Error(`${last - first + 1} in ${windowMs} ms`);
        }
      }
    }
    const idealMs = ((total - burst) * 1_000) / rate;
    expect(times.at(-1)).toBeLessThanOrEqual(idealMs + 1_000 / rate + 10);
  });

  it("gives the next one exactly when its token comes", async () => {
    const endpointId = await home.addEndpoint({ rateLimitPerSecond: 4 });
    await publishMany(home, 3);
    expect(await claim()).toHaveLength(1);
    const turn = new Date(bench.clock.nowMs() + 250);
    expect(await readLane(bench.database, endpointId)).toMatchObject({ next_turn_at: turn, parked_until: turn });
    bench.clock.advance(249);
    expect(await claim()).toEqual([]);
    bench.clock.advance(1);
    expect(await claim()).toHaveLength(1);
  });

  it("holds for an event that is published while the endpoint has nothing waiting", async () => {
    await home.addEndpoint({ rateLimitPerSecond: 2 });
    await home.publish("a");
    expect(await claim()).toHaveLength(1);
    await home.publish("a");
    expect(await claim()).toEqual([]);
    bench.clock.advance(500);
    expect(await claim()).toHaveLength(1);
  });

  it("does not save up more than a burst in a quiet time", async () => {
    await home.addEndpoint({ rateLimitPerSecond: 50, maxInFlight: 100 });
    await publishMany(home, 40);
    expect(await claim()).toHaveLength(5);
    bench.clock.advance(3_600_000);
    expect(await claim()).toHaveLength(5);
  });

  it("takes the lane away once its pace is over", async () => {
    const endpointId = await home.addEndpoint({ rateLimitPerSecond: 2 });
    await home.publish("a");
    await claim();
    bench.clock.advance(500);
    await claim();
    expect(await readLane(bench.database, endpointId)).toBeNull();
  });
});

describe("endpoints that are stopped", () => {
  it("are not claimed while paused, and go out at once when resumed", async () => {
    const endpointId = await home.addEndpoint();
    const of = { context: bench.context, actor: ROOT, tenantId: home.tenant.id, endpointId };
    await pauseEndpoint(of);
    await publishMany(home, 2);
    expect(await claim()).toEqual([]);
    expect(await readLane(bench.database, endpointId)).toMatchObject({ never: true });
    await home.publish("a");
    expect(await readLane(bench.database, endpointId)).toMatchObject({ never: true });
    await resumeEndpoint(of);
    expect(await claim()).toHaveLength(3);
  });

  it("are never claimed when disabled, and the sweep ends what waits", async () => {
    const endpointId = await home.addEndpoint();
    await home.publish("a");
    const now = bench.clock.now();
    await bench.database.script(
      `update endpoints set status = 'disabled', status_reason = 'manual', route_keys = '{}' where id = '${endpointId}'`,
    );
    expect(await claim()).toEqual([]);
    await sweepClosedEndpoints({ database: bench.database, now, limit: 100 });
    expect(await readLog(bench.database, endpointId)).toMatchObject([
      { state: "cancelled", reason: "endpoint_disabled" },
    ]);
    expect(await readLane(bench.database, endpointId)).toBeNull();
  });

  it("end at the sweep what a record brings back after they were disabled", async () => {
    const endpointId = await home.addEndpoint();
    await home.publish("a");
    const [held] = await claim();
    if (held === undefined) throw new Error("nothing was claimed");
    await disableEndpoint({ context: bench.context, actor: ROOT, tenantId: home.tenant.id, endpointId });
    const dueAt = bench.clock.now();
    await writeRecord(
      { database: bench.database, now: dueAt, eventIdDays: 30, defaultMaxInFlight: 16, onWaiting() {} },
      [
        finishedAttempt(held, dueAt, {
          failed: "http_server_error",
          next: { state: "pending", dueAt, parkUntil: null },
        }),
      ],
    );
    await sweepClosedEndpoints({ database: bench.database, now: dueAt, limit: 100 });
    expect(await readLog(bench.database, endpointId)).toMatchObject([{ state: "cancelled" }]);
  });
});

describeWithPostgres("two connections", () => {
  it("never lose what is stored between a claim's lock and its look, and never make its publisher wait", async () => {
    const endpointId = await home.addEndpoint();
    await home.publish("a");
    await using other = await openPostgres({ url: bench.database.url ?? "", poolSize: 2 });
    const now = bench.clock.now();
    await bench.database.transaction(async (transaction) => {
      const { endpointIds, asked } = await lockLanes(transaction, { now, limit: 10 });
      expect({ endpointIds, asked }).toEqual({ endpointIds: [endpointId], asked: false });
      const alone = { capDivisor: 1, capSpare: 0, cappedMs: 1_000 };
      const lane = { perLane: 10, defaultMaxInFlight: 16, prefetch: 4, ...alone };
      const input = { now, endpointIds, lease: (leases += 1), ...lane };
      expect(await leaseFromLanes(transaction, input)).toHaveLength(1);
      // The claim has taken the lane away, and did not see this one.
      await store({ database: other, clock: bench.clock }, [home.request([{ type: "a" }])], { nodeRoom: 0 });
    });
    expect(await nextTurnMs(0)).toBe(0);
    expect(await claimDueDeliveries(settings())).toMatchObject({ lanes: 0, asked: true });
    expect(await giveTurns(bench.database, { now })).toBe(1);
    expect(await claim()).toHaveLength(1);
  });

  it("do not visit one lane at once", async () => {
    await home.addEndpoint();
    await publishMany(home, 3);
    await using other = await openPostgres({ url: bench.database.url ?? "", poolSize: 1 });
    await other.transaction(async (transaction) => {
      const { endpointIds } = await lockLanes(transaction, { now: bench.clock.now(), limit: 10 });
      expect(endpointIds).toHaveLength(1);
      expect(await claim()).toEqual([]);
    });
    expect(await claim()).toHaveLength(3);
  });

  it("give a lane to what is stored for an endpoint that is resumed in the same moment", async () => {
    const endpointId = await home.addEndpoint();
    const of = { context: bench.context, actor: ROOT, tenantId: home.tenant.id, endpointId };
    await pauseEndpoint(of);
    const now = bench.clock.now();
    const keyed = home.request([{ type: "a", id: "once" }]);
    await using other = await openPostgres({ url: bench.database.url ?? "", poolSize: 2 });
    const stored = Promise.withResolvers<unknown>();
    const rolledBack = other.transaction(async (transaction) => {
      // The statement sees the endpoint paused, then waits here for its key, and writes after the resume and a claim.
      await transaction.query(TAKE_KEY, [home.tenant.id, now]);
      store(bench, [keyed], { nodeRoom: 0 }).then(stored.resolve, stored.reject);
      await untilBlocked(other);
      await resumeEndpoint(of);
      await claim();
      throw new Error("roll back");
    });
    await expect(rolledBack).rejects.toThrow("roll back");
    await stored.promise;
    expect(await claim()).toHaveLength(1);
  });
});

it("leases nothing twice, whatever is published, claimed and recorded in between", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.oneof(fc.constant("publish" as const), fc.constant("claim" as const), fc.constant("record" as const)),
        {
          maxLength: 25,
        },
      ),
      fc.record({ maxInFlight: fc.integer({ min: 1, max: 3 }), limited: fc.boolean() }),
      async (walk, { maxInFlight, limited }) => {
        await bench.database.script("truncate queue, lanes, turn_requests");
        const tenant = await bench.addTenant("a");
        await tenant.addEndpoint({ maxInFlight, ...(limited ? { rateLimitPerSecond: 5 } : {}) });
        const held: HeldDelivery[] = [];
        const seen = new Set<number>();
        let published = 0;
        for (const step of walk) {
          if (step === "publish") {
            await publishMany(tenant, 3);
            published += 3;
          } else if (step === "claim") {
            for (const delivery of await claim()) {
              expect(seen.has(delivery.deliveryId)).toBe(false);
              seen.add(delivery.deliveryId);
              held.push(delivery);
            }
            expect(held.length).toBeLessThanOrEqual(maxInFlight * 4);
          } else {
            await succeed(held.splice(0, 2));
          }
          bench.clock.advance(100);
        }
        for (let round = 0; seen.size < published && round < 200; round += 1) {
          await succeed(held.splice(0));
          for (const delivery of await claim()) {
            seen.add(delivery.deliveryId);
            held.push(delivery);
          }
          bench.clock.advance(100);
        }
        expect(seen.size).toBe(published);
      },
    ),
    { numRuns: 15 },
  );
});
