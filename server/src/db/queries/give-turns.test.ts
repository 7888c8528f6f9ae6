import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";

import { describeWithPostgres } from "../../../test/support/database.ts";
import {
  type EngineBench,
  openEngineBench,
  readLane,
  store,
  type TenantBench,
} from "../../../test/support/engine-bench.ts";
import { untilBlocked } from "../../../test/support/until-blocked.ts";
import { openPostgres } from "../postgres.ts";
import { findNextTurn } from "./find-next-turn.ts";
import { giveTurns } from "./give-turns.ts";

const HOLD = { name: "test-hold-lane", text: "select 1 as held from lanes where endpoint_id = $1::uuid for update" };
const MAKE = {
  name: "test-make-lane",
  text: "insert into lanes (endpoint_id, next_turn_at) values ($1::uuid, $2::timestamptz)",
};
const ASKED = { name: "test-asked", text: "select endpoint_ids from turn_requests order by id" };

let bench: EngineBench;
let home: TenantBench;
let endpointId: string;

beforeAll(async () => {
  bench = await openEngineBench();
});
afterAll(() => bench[Symbol.asyncDispose]());
beforeEach(async () => {
  await bench.database.script("truncate queue, lanes, turn_requests");
  home = await bench.addTenant("a");
  endpointId = await home.addEndpoint();
});

const give = () => giveTurns(bench.database, { now: bench.clock.now() });
const ask = (...endpointIds: readonly string[]): Promise<void> =>
  bench.database.script(
    `insert into turn_requests (endpoint_ids) values (array['${endpointIds.join("','")}']::uuid[])`,
  );
const setLane = (columns: string): Promise<void> =>
  bench.database.script(`update lanes set ${columns} where endpoint_id = '${endpointId}'`);
const at = (ms: number): Date => new Date(bench.clock.nowMs() + ms);

it("gives nothing where nobody asked", async () => {
  await home.publish("a");
  await setLane("next_turn_at = 'infinity'");
  expect(await give()).toBe(0);
  expect(await readLane(bench.database, endpointId)).toMatchObject({ never: true });
});

it("gives a lane that was asked for its turn, once", async () => {
  await home.publish("a");
  await setLane("next_turn_at = 'infinity', capped = true");
  await ask(endpointId);
  await ask(endpointId);
  expect(await give()).toBe(1);
  expect(await readLane(bench.database, endpointId)).toMatchObject({ next_turn_at: bench.clock.now() });
  expect(await give()).toBe(0);
});

it("makes the lane where it is gone", async () => {
  await ask(endpointId);
  expect(await give()).toBe(1);
  expect(await readLane(bench.database, endpointId)).toMatchObject({ next_turn_at: bench.clock.now() });
});

it("leaves a lane that is parked until its time, and one whose turn has come where it is in line", async () => {
  await home.publish("a");
  await setLane(`next_turn_at = '${at(9_000).toISOString()}', parked_until = '${at(9_000).toISOString()}'`);
  await ask(endpointId);
  expect(await give()).toBe(1);
  expect(await readLane(bench.database, endpointId)).toMatchObject({
    next_turn_at: at(9_000),
    parked_until: at(9_000),
  });
  await setLane(`next_turn_at = '${at(-5).toISOString()}', parked_until = null`);
  await ask(endpointId);
  await give();
  expect(await readLane(bench.database, endpointId)).toMatchObject({ next_turn_at: at(-5) });
});

it("is what the dispatch loop wakes for", async () => {
  const turn = () => findNextTurn(bench.database, { now: bench.clock.now(), until: bench.clock.now() });
  expect(await turn()).toBeNull();
  await ask(endpointId);
  expect(await turn()).toEqual(bench.clock.now());
  await give();
});

it("gives the turns of what nobody has any more", async () => {
  await ask("00000000-0000-4000-8000-000000000000");
  expect(await give()).toBe(1);
  expect(await give()).toBe(0);
});

describeWithPostgres("a lane that somebody holds", () => {
  it("makes no publisher wait, and has its turn when it is free, beside others that have theirs at once", async () => {
    const second = await home.addEndpoint();
    await home.publish("a");
    await setLane("next_turn_at = 'infinity'");
    await bench.database.script(`update lanes set next_turn_at = 'infinity'`);
    await using other = await openPostgres({ url: bench.database.url ?? "", poolSize: 1 });
    await other.transaction(async (transaction) => {
      await transaction.query(HOLD, [endpointId]);
      await store(bench, [home.request([{ type: "a" }])], { nodeRoom: 0 });
      expect(await readLane(bench.database, second)).toMatchObject({ next_turn_at: bench.clock.now() });
      expect(await bench.database.query(ASKED, [])).toEqual([{ endpoint_ids: [endpointId] }]);
      // Two more ask; who gives turns asks again for the one that is held, in one request.
      await ask(endpointId, second);
      await ask(second);
      expect(await give()).toBe(1);
      expect(await bench.database.query(ASKED, [])).toEqual([{ endpoint_ids: [endpointId] }]);
      expect(await readLane(bench.database, endpointId)).toMatchObject({ never: true });
    });
    expect(await give()).toBe(1);
    expect(await readLane(bench.database, endpointId)).toMatchObject({ next_turn_at: bench.clock.now(), never: false });
    expect(await bench.database.query(ASKED, [])).toEqual([]);
  });

  it("has its turn where a claim moved it after the store had begun to look", async () => {
    const [before, second] = [endpointId, await home.addEndpoint()];
    await bench.database.query(MAKE, [before, bench.clock.now()]);
    await using other = await openPostgres({ url: bench.database.url ?? "", poolSize: 2 });
    const stored = await other.transaction(async (transaction) => {
      await transaction.query(MAKE, [second, bench.clock.now()]);
      // It saw the first lane due, and waits for who makes the second.
      const storing = store({ database: other, clock: bench.clock }, [home.request([{ type: "a" }])], { nodeRoom: 0 });
      await untilBlocked(bench.database);
      await setLane("next_turn_at = 'infinity'");
      return { storing };
    });
    await stored.storing;
    expect(await readLane(bench.database, before)).toMatchObject({ next_turn_at: bench.clock.now(), never: false });
    await give();
    expect(await readLane(bench.database, second)).toMatchObject({ next_turn_at: bench.clock.now() });
  });

  it("keeps its request where the commit that gives turns is undone", async () => {
    await ask(endpointId);
    const undone = bench.database.transaction(async (transaction) => {
      expect(await giveTurns(transaction, { now: bench.clock.now() })).toBe(1);
      throw new Error("roll back");
    });
    await expect(undone).rejects.toThrow("roll back");
    expect(await give()).toBe(1);
  });
});
