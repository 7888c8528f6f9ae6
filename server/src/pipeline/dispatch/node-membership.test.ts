/** When a node may lease, and when it may say of others that they are gone. */
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";

import { createFakeClock, type FakeClock } from "../../../../devkit/fake-clock.ts";
import { openTestDatabase, type TestDatabase } from "../../../test/support/database.ts";
import { AWAY_MS, HEARTBEAT_MS, joinNodes, type NodeMembership, SILENCE_MS } from "./node-membership.ts";

let database: TestDatabase;
let clock: FakeClock;
/** What the clock was set forward or back by. */
let stepMs: number;
let monotonicMs: number;
let lost: number[];
let node: NodeMembership;

beforeAll(async () => {
  database = await openTestDatabase();
});
afterAll(() => database[Symbol.asyncDispose]());
beforeEach(async () => {
  clock = createFakeClock(new Date());
  stepMs = 0;
  monotonicMs = 0;
  lost = [];
  const nowMs = (): number => clock.nowMs() + stepMs;
  node = await joinNodes({
    database,
    clock: { nowMs, now: () => new Date(nowMs()) },
    host: "here",
    pid: 1,
    dispatches: true,
    monotonicMs: () => monotonicMs,
    onLost: () => void lost.push(node.nodeId),
  });
});

async function beatFor(ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += HEARTBEAT_MS) {
    clock.advance(HEARTBEAT_MS);
    await node.runOnce();
  }
}

it("judges from its start on, so that a restarted server rescues at once", async () => {
  expect(node.mayJudge()).toBe(true);
  await beatFor(20_000);
  expect(node.mayJudge()).toBe(true);
});

it.each<[string, () => void]>([
  ["the database was away", () => clock.advance(30_000)],
  ["the clock was set forward", () => (stepMs += 3_600_000)],
  ["the clock was set back", () => (stepMs -= 3_600_000)],
])("judges nobody after %s, until every other node could say again that it lives", async (_what, happen) => {
  happen();
  expect(node.mayJudge()).toBe(false);
  await node.runOnce();
  expect(node.mayJudge()).toBe(false);
  await beatFor(SILENCE_MS - HEARTBEAT_MS);
  expect(node.mayJudge()).toBe(false);
  await beatFor(HEARTBEAT_MS);
  expect(node.mayJudge()).toBe(true);
});

it("leases nothing once its last heartbeat is old, whatever the clock says, until the next one", async () => {
  monotonicMs += AWAY_MS - 1;
  clock.advance(3_600_000);
  expect(node.mayLease()).toBe(true);
  monotonicMs += 1;
  expect(node.mayLease()).toBe(false);
  await node.runOnce();
  expect(node.mayLease()).toBe(true);
});

it("owns no lease of the id it had before, and tells so in the moment it takes another", async () => {
  const [before, id] = [node.nextLease(), node.nodeId];
  expect(node.owns(before)).toBe(true);
  await database.script("delete from nodes");
  expect(await node.runOnce()).toBe(false);
  expect(lost).toEqual([id]);
  expect([node.owns(before), node.owns(node.nextLease())]).toEqual([false, true]);
});
