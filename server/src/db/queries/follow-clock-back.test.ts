import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";

import { createFakeClock, type FakeClock } from "../../../../devkit/fake-clock.ts";
import {
  type EngineBench,
  openEngineBench,
  readLane,
  readQueue,
  type TenantBench,
} from "../../../test/support/engine-bench.ts";
import { joinNodes, type NodeMembership } from "../../pipeline/dispatch/node-membership.ts";
import { followClockBack } from "./follow-clock-back.ts";

const HOUR_MS = 3_600_000;
const WAIT_MS = 300_000;

let bench: EngineBench;
let home: TenantBench;
let endpointId: string;
/** An hour behind the clock by which everything was written. */
let back: FakeClock;

beforeAll(async () => {
  bench = await openEngineBench();
});
afterAll(() => bench[Symbol.asyncDispose]());
beforeEach(async () => {
  await bench.database.script("truncate queue, lanes, nodes");
  home = await bench.addTenant("a");
  endpointId = await home.addEndpoint();
  back = createFakeClock(new Date(bench.clock.nowMs() - HOUR_MS));
});

const join = (clock: FakeClock): Promise<NodeMembership> =>
  joinNodes({ ...bench, clock, host: "here", pid: 1, dispatches: true });
const follow = (nodeId: number | null = null): Promise<number> =>
  followClockBack(bench.database, { now: back.now(), nodeId });

/** A delivery that waits for five minutes yet, in a lane that is parked and paced until then. */
async function waiting(): Promise<void> {
  await home.publish("a");
  const at = new Date(bench.clock.nowMs() + WAIT_MS).toISOString();
  await bench.database.script(`update queue set due_at = '${at}';
    update lanes set next_turn_at = '${at}', parked_until = '${at}', paced_until = '${at}'`);
}

it("moves what waits by as much as the clock was set back, once for all nodes", async () => {
  const [first, second] = [await join(bench.clock), await join(bench.clock)];
  await waiting();
  expect(await follow(first.nodeId)).toBe(HOUR_MS);
  const at = new Date(back.nowMs() + WAIT_MS);
  expect(await readQueue(bench.database, endpointId)).toMatchObject([{ due_at: at }]);
  expect(await readLane(bench.database, endpointId)).toMatchObject({ next_turn_at: at, parked_until: at });

  // The second node spoke by the old clock once more, before it noticed.
  await second.runOnce();
  expect(await follow(second.nodeId)).toBe(0);
  expect(await readQueue(bench.database, endpointId)).toMatchObject([{ due_at: at }]);
});

it("makes due at once what had been due before the step, and leaves a paused lane where it is", async () => {
  await join(bench.clock);
  await home.publish("a");
  await bench.database.script("update lanes set next_turn_at = 'infinity', parked_until = 'infinity'");
  expect(await follow()).toBe(HOUR_MS);
  expect(await readQueue(bench.database, endpointId)).toMatchObject([{ due_at: back.now() }]);
  const text =
    "select count(*)::integer as count from lanes where next_turn_at = 'infinity' and parked_until = 'infinity'";
  expect(await bench.database.query({ name: "test-parked", text }, [])).toEqual([{ count: 1 }]);
});

it.each<[string, number]>([
  ["that was not set back", 0],
  ["that was set back by less than a minute", -59_000],
])("does nothing with a clock %s", async (_what, stepMs) => {
  await join(bench.clock);
  await waiting();
  const now = new Date(bench.clock.nowMs() + stepMs);
  expect(await followClockBack(bench.database, { now, nodeId: null })).toBe(0);
});
