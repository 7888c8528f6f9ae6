import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";

import { createFakeClock, type FakeClock } from "../../../devkit/fake-clock.ts";
import {
  type EngineBench,
  openEngineBench,
  readLane,
  readQueue,
  type TenantBench,
} from "../../test/support/engine-bench.ts";
import { joinNodes, type NodeMembership } from "../pipeline/dispatch/node-membership.ts";
import { ClockFollower } from "./follow-clock.ts";

const HOUR_MS = 3_600_000;
const WAIT_MS = 300_000;
const NOTICED_MS = 6_000;

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
  await bench.database.script("truncate queue, lanes, turn_requests, nodes");
  home = await bench.addTenant("a");
  endpointId = await home.addEndpoint();
  back = createFakeClock(new Date(bench.clock.nowMs() - HOUR_MS));
});

const join = (clock: FakeClock): Promise<NodeMembership> =>
  joinNodes({ ...bench, clock, host: "here", pid: 1, dispatches: true });
const follower = (): ClockFollower => new ClockFollower({ database: bench.database, clock: back });

/** A delivery that waits for five minutes yet, in a lane that is parked and paced until then. */
async function waiting(): Promise<void> {
  await home.publish("a");
  const at = new Date(bench.clock.nowMs() + WAIT_MS).toISOString();
  await bench.database.script(`update queue set due_at = '${at}';
    update lanes set next_turn_at = '${at}', parked_until = '${at}', paced_until = '${at}'`);
}

it("moves what waits by as much as the clock was set back, once all nodes have noticed, and once for all", async () => {
  const [first, second] = [await join(back), await join(back)];
  const [ours, theirs] = [follower(), follower()];
  ours.noteMove(-HOUR_MS);
  theirs.noteMove(-HOUR_MS);
  expect(await ours.runOnce(first)).toBe(0);

  // The second one writes by the old clock until it notices.
  await waiting();
  const at = new Date(back.nowMs() + WAIT_MS);
  back.advance(NOTICED_MS);
  expect(await theirs.runOnce(second)).toBe(0);
  expect(await ours.runOnce(first)).toBe(HOUR_MS);
  expect(await readQueue(bench.database, endpointId)).toMatchObject([{ due_at: at }]);
  expect(await readLane(bench.database, endpointId)).toMatchObject({ next_turn_at: at, parked_until: at });
  expect(await ours.runOnce(first)).toBe(0);
});

it("leaves what was written by the new clock already", async () => {
  const node = await join(back);
  const clock = follower();
  clock.noteMove(-HOUR_MS);
  await waiting();
  const dueAt = new Date(back.nowMs() + WAIT_MS);
  await bench.database.script(
    `update queue set last_attempt_at = '${back.now().toISOString()}', due_at = '${dueAt.toISOString()}'`,
  );
  back.advance(NOTICED_MS);
  expect(await clock.runOnce(node)).toBe(HOUR_MS);
  expect(await readQueue(bench.database, endpointId)).toMatchObject([{ due_at: dueAt }]);
});

it("catches up at the start of a server, and leaves a paused lane where it is", async () => {
  await join(bench.clock);
  await home.publish("a");
  await bench.database.script("update lanes set next_turn_at = 'infinity', parked_until = 'infinity'");
  expect(await follower().catchUp()).toBe(HOUR_MS);
  expect(await readQueue(bench.database, endpointId)).toMatchObject([{ due_at: back.now() }]);
  const text =
    "select count(*)::integer as count from lanes where next_turn_at = 'infinity' and parked_until = 'infinity'";
  expect(await bench.database.query({ name: "test-parked", text }, [])).toEqual([{ count: 1 }]);
});

it("does nothing at the start of a server beside others, or with a clock that was not set", async () => {
  expect(await follower().catchUp()).toBe(0);
  await join(bench.clock);
  await join(back);
  expect(await follower().catchUp()).toBe(0);
  const small = follower();
  small.noteMove(-59_000);
  back.advance(NOTICED_MS);
  expect(await small.runOnce({ nodeId: 1 })).toBe(0);
});
