import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";

import {
  type EngineBench,
  LEASE,
  openEngineBench,
  readLane,
  readQueue,
  store,
  type TenantBench,
} from "../../../test/support/engine-bench.ts";
import { LEASE_AHEAD } from "../../pipeline/dispatch/lease-ahead.ts";
import type { StoreRow } from "./store-rows.ts";

let bench: EngineBench;
let home: TenantBench;

beforeAll(async () => {
  bench = await openEngineBench();
});
afterAll(() => bench[Symbol.asyncDispose]());
beforeEach(async () => {
  home = await bench.addTenant("invoice.paid", "user.created");
});

const leasedTo = (rows: readonly StoreRow[]): string[] =>
  rows.flatMap((row) => (row.kind === "leased" ? [row.endpoint_id] : [])).sort();

async function addLane(endpointId: string, nextTurnAt: Date, parkedUntil: Date | null = null): Promise<void> {
  const text = `insert into lanes (endpoint_id, next_turn_at, parked_until)
    values ($1::uuid, $2::timestamptz, $3::timestamptz)`;
  await bench.database.query({ name: "test-add-lane", text }, [endpointId, nextTurnAt, parkedUntil]);
}

describe("the short way", () => {
  it("leases to this node what nothing holds back, and makes no lane", async () => {
    const endpoint = await home.addEndpoint();
    await store(bench, [home.request([{ type: "invoice.paid" }])]);
    expect(await readQueue(bench.database, endpoint)).toMatchObject([{ lease: LEASE, source: "publish", run: 1 }]);
    expect(await readLane(bench.database, endpoint)).toBeNull();
  });

  it("is open beside what has just come to wait, and closed once something has waited for 250 ms", async () => {
    const endpoint = await home.addEndpoint();
    await home.publish("invoice.paid");
    const publish = () => store(bench, [home.request([{ type: "invoice.paid" }])]);
    expect(leasedTo(await publish())).toEqual([endpoint]);
    bench.clock.advance(249);
    expect(leasedTo(await publish())).toEqual([endpoint]);
    bench.clock.advance(1);
    expect(leasedTo(await publish())).toEqual([]);
    const leases = (await readQueue(bench.database, endpoint)).map(({ lease }) => lease);
    expect(leases).toEqual([null, LEASE, LEASE, null]);
  });

  it("is open beside a retry that waits for later, and closed once that is 250 ms late", async () => {
    const endpoint = await home.addEndpoint();
    await home.publish("invoice.paid");
    await bench.database.script("update queue set due_at = due_at + interval '1 minute' where lease is null");
    const publish = () => store(bench, [home.request([{ type: "invoice.paid" }])]);
    expect(leasedTo(await publish())).toEqual([endpoint]);
    bench.clock.advance(60_250);
    expect(leasedTo(await publish())).toEqual([]);
  });

  it("is closed while the endpoint's lane is parked, and open again after", async () => {
    const endpoint = await home.addEndpoint();
    const later = new Date(bench.clock.nowMs() + 1_000);
    await addLane(endpoint, later, later);
    const publish = () => store(bench, [home.request([{ type: "invoice.paid" }])]);
    expect(leasedTo(await publish())).toEqual([]);
    await bench.database.script("delete from queue");
    bench.clock.advance(1_000);
    expect(leasedTo(await publish())).toEqual([endpoint]);
  });

  it("is closed to an endpoint with a rate limit", async () => {
    const endpoint = await home.addEndpoint({ rateLimitPerSecond: 100 });
    await store(bench, [home.request([{ type: "invoice.paid" }])]);
    expect(await readQueue(bench.database, endpoint)).toMatchObject([{ lease: null }]);
  });

  it("takes no more than may be leased ahead under the endpoint's cap, across requests, and what the node says it has room for", async () => {
    const endpoint = await home.addEndpoint({ maxInFlight: 1 });
    const two = home.request([{ type: "invoice.paid" }, { type: "user.created" }]);
    const crowded = { endpointIds: [await home.addEndpoint({ eventTypes: [] }), endpoint], rooms: [9, 2] };
    await store(bench, [two]);
    await store(bench, [two, home.request([{ type: "invoice.paid" }])], { crowded });
    const leased = (await readQueue(bench.database, endpoint)).filter(({ lease }) => lease !== null);
    expect(leased).toHaveLength(LEASE_AHEAD);
  });

  it("takes this node's share of the cap alone, whatever other nodes hold", async () => {
    const endpoint = await home.addEndpoint({ maxInFlight: 4 });
    const many = home.request(Array.from({ length: 20 }, () => ({ type: "invoice.paid" })));
    for (const rank of [0, 1]) {
      await store(bench, [many], { lease: (rank + 1) * 2 ** 32, capShare: { divisor: 2, rank } });
      await bench.database.script("delete from lanes");
    }
    const leases = (await readQueue(bench.database, endpoint)).flatMap(({ lease }) => (lease === null ? [] : [lease]));
    expect(leases.map((lease) => lease / 2 ** 32)).toEqual([...Array(8).fill(1), ...Array(8).fill(2)]);
  });

  it("takes no more than this node has room for, over all endpoints", async () => {
    const endpoints = [await home.addEndpoint(), await home.addEndpoint(), await home.addEndpoint()];
    const rows = await store(bench, [home.request([{ type: "invoice.paid" }, { type: "user.created" }])], {
      nodeRoom: 4,
    });
    expect(leasedTo(rows)).toHaveLength(4);
    const queued = await Promise.all(endpoints.map((id) => readQueue(bench.database, id)));
    expect(queued.flat()).toHaveLength(6);
    const waiting = rows.flatMap((row) => (row.kind === "event" ? [row.waiting] : []));
    expect(waiting.reduce((sum, count) => sum + count, 0)).toBe(2);
  });

  it("says the endpoint's cap with each leased delivery", async () => {
    const own = await home.addEndpoint({ maxInFlight: 2 });
    const common = await home.addEndpoint();
    const rows = await store(bench, [home.request([{ type: "invoice.paid" }])], { defaultMaxInFlight: 9 });
    const caps = rows.flatMap((row) => (row.kind === "leased" ? [[row.endpoint_id, row.max_in_flight]] : []));
    expect(Object.fromEntries(caps)).toEqual({ [own]: 2, [common]: 9 });
  });
});

describe("lanes", () => {
  it("come to their turn now for what waits", async () => {
    const endpoint = await home.addEndpoint();
    await home.publish("invoice.paid");
    expect(await readLane(bench.database, endpoint)).toMatchObject({ next_turn_at: bench.clock.now(), capped: false });
  });

  it("keep an earlier turn and stay parked until their time", async () => {
    const early = await home.addEndpoint();
    const parked = await home.addEndpoint();
    const later = new Date(bench.clock.nowMs() + 60_000);
    const earlier = new Date(bench.clock.nowMs() - 60_000);
    await addLane(early, earlier);
    await addLane(parked, later, later);
    await home.publish("invoice.paid");
    expect(await readLane(bench.database, early)).toMatchObject({ next_turn_at: earlier });
    expect(await readLane(bench.database, parked)).toMatchObject({ next_turn_at: later, parked_until: later });
  });

  it("come to their turn now where only a later one waited", async () => {
    const endpoint = await home.addEndpoint();
    await addLane(endpoint, new Date(bench.clock.nowMs() + 60_000));
    await home.publish("invoice.paid");
    expect(await readLane(bench.database, endpoint)).toMatchObject({ next_turn_at: bench.clock.now() });
  });
});
