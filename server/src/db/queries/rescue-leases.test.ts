import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";

import { createFakeClock } from "../../../../devkit/fake-clock.ts";
import {
  type EngineBench,
  openEngineBench,
  readLane,
  readQueue,
  store,
  type TenantBench,
} from "../../../test/support/engine-bench.ts";
import { entriesRead, queueCopies, untilFewerAreRead } from "../../../test/support/entries-read.ts";
import { joinNodes, type NodeMembership } from "../../pipeline/dispatch/node-membership.ts";
import type { Queryable } from "../database.ts";
import { rescueLeases } from "./rescue-leases.ts";

const MANY = 5_000;

let bench: EngineBench;
let home: TenantBench;
let endpointId: string;

beforeAll(async () => {
  bench = await openEngineBench();
});
afterAll(() => bench[Symbol.asyncDispose]());
beforeEach(async () => {
  await bench.database.script("truncate queue, lanes, turn_requests, nodes");
  home = await bench.addTenant("a");
  endpointId = await home.addEndpoint();
});

const join = (): Promise<NodeMembership> => joinNodes({ ...bench, host: "here", pid: 1, dispatches: true });
const publishTo = (node: NodeMembership): Promise<unknown> =>
  store(bench, [home.request([{ type: "a" }])], { lease: node.nextLease() });
const rescue = (silentMs = 10_000, database: Queryable = bench.database) => {
  const now = bench.clock.now();
  return rescueLeases(database, { now, silentBefore: new Date(now.getTime() - silentMs) });
};

it("takes nothing from a node that was heard of within the span", async () => {
  await publishTo(await join());
  bench.clock.advance(10_000);
  expect(await rescue()).toEqual({ nodes: 0, deliveries: 0 });
});

it("makes the deliveries of a silent node due now, in lanes whose turn has come", async () => {
  await publishTo(await join());
  bench.clock.advance(10_001);
  expect(await rescue()).toEqual({ nodes: 1, deliveries: 1 });
  const now = bench.clock.now();
  expect(await readQueue(bench.database, endpointId)).toMatchObject([
    { lease: null, due_at: now, run: 1, attempts: 0, deferrals: 0 },
  ]);
  expect(await readLane(bench.database, endpointId)).toMatchObject({ next_turn_at: now, capped: false });
});

it("takes the leases of a node whose last heartbeat is from before the clock was set back", async () => {
  const before = createFakeClock(new Date(bench.clock.nowMs() + 3_600_000));
  const gone = await joinNodes({ ...bench, clock: before, host: "here", pid: 1, dispatches: true });
  await publishTo(gone);
  expect(await rescue()).toEqual({ nodes: 1, deliveries: 1 });
});

it("tells the silent node at its next heartbeat, and its next leases are of another node", async () => {
  const node = await join();
  const before = node.nextLease();
  bench.clock.advance(10_001);
  await rescue();
  expect(await node.runOnce()).toBe(false);
  expect(await node.runOnce()).toBe(true);
  expect(Math.floor(node.nextLease() / 2 ** 32)).not.toBe(Math.floor(before / 2 ** 32));
});

it("leaves the others alone when one node goes by itself", async () => {
  const [going, staying] = [await join(), await join()];
  await publishTo(going);
  await publishTo(staying);
  expect(await going.leave()).toBe(1);
  expect((await readQueue(bench.database, endpointId)).map(({ lease }) => lease === null)).toEqual([true, false]);
});

it("finds a lease that a node wrote after it was declared dead", async () => {
  const frozen = await join();
  bench.clock.advance(10_001);
  await rescue();
  await publishTo(frozen);
  expect(await rescue()).toEqual({ nodes: 0, deliveries: 1 });
  expect(await readQueue(bench.database, endpointId)).toMatchObject([{ lease: null }]);
});

it("keeps a lane parked that was parked before", async () => {
  const node = await join();
  await publishTo(node);
  const later = new Date(bench.clock.nowMs() + 3_600_000);
  await bench.database.query(
    {
      name: "test-park",
      text: "insert into lanes (endpoint_id, next_turn_at, parked_until) values ($1::uuid, $2::timestamptz, $2::timestamptz)",
    },
    [endpointId, later],
  );
  await node.leave();
  expect(await readLane(bench.database, endpointId)).toMatchObject({ next_turn_at: later, parked_until: later });
});

it("passes over what was delivered and not yet vacuumed once, and not every second", async () => {
  await publishTo(await join());
  await bench.database.script(queueCopies({ many: MANY, endpointId: "endpoint_id", lease: "lease" }));
  await bench.database.script("delete from queue where delivery_id > (select min(delivery_id) from queue)");

  const readBySecondLook = async (): Promise<number> =>
    bench.database.transaction(async (transaction) => {
      await rescue(10_000, transaction);
      return entriesRead(transaction, "queue_in_flight", () => rescue(10_000, transaction));
    });

  const read = await untilFewerAreRead(MANY / 5, readBySecondLook);
  expect(read).toBeGreaterThan(0);
});
