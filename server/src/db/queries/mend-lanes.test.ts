import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";

import {
  type EngineBench,
  openEngineBench,
  readLane,
  ROOT,
  type TenantBench,
} from "../../../test/support/engine-bench.ts";
import { pauseEndpoint } from "../../core/endpoints/pause-endpoint.ts";
import { mendLanes } from "./mend-lanes.ts";

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
  await home.publish("a");
  bench.clock.advance(10_000);
});

const mend = () => mendLanes(bench.database, { now: bench.clock.now(), dueBefore: bench.clock.now() });
const setLane = (nextTurnAt: string, parkedUntil: string): Promise<void> =>
  bench.database.script(
    `update lanes set next_turn_at = ${nextTurnAt}, parked_until = ${parkedUntil} where endpoint_id = '${endpointId}'`,
  );
const at = (ms: number): string => `timestamptz '${new Date(bench.clock.nowMs() + ms).toISOString()}'`;

it.each([
  ["a turn that has come", () => [at(-5_000), "null"]],
  ["a turn within the second of a lane at its cap", () => [at(1_000), "null"]],
  ["a turn within the second of a claim that came after the look began", () => [at(1_200), "null"]],
  ["a turn at the end of its park", () => [at(60_000), at(60_000)]],
])("leaves a lane alone that has %s", async (_what, lane) => {
  const [nextTurnAt = "", parkedUntil = ""] = lane();
  await setLane(nextTurnAt, parkedUntil);
  expect(await mend()).toBe(0);
});

it.each([
  ["has no turn", () => ["'infinity'", "null"]],
  ["is parked for ever", () => ["'infinity'", "'infinity'"]],
  ["turns long after its delivery is due", () => [at(60_000), "null"]],
  ["turns long after its park", () => [at(60_000), at(2_000)]],
])("gives a turn to a lane that %s", async (_what, lane) => {
  const [nextTurnAt = "", parkedUntil = ""] = lane();
  await setLane(nextTurnAt, parkedUntil);
  expect(await mend()).toBe(1);
  expect(await readLane(bench.database, endpointId)).toMatchObject({
    next_turn_at: bench.clock.now(),
    parked_until: null,
    never: false,
  });
});

it("gives a lane to an endpoint that has none", async () => {
  await bench.database.script("delete from lanes");
  expect(await mend()).toBe(1);
  expect(await readLane(bench.database, endpointId)).toMatchObject({ next_turn_at: bench.clock.now() });
});

it("leaves an endpoint alone whose turn was asked for", async () => {
  await bench.database.script(`delete from lanes;
    insert into turn_requests (endpoint_ids) values (array['${endpointId}']::uuid[])`);
  expect(await mend()).toBe(0);
});

it("leaves a paused endpoint's lane as it is", async () => {
  await pauseEndpoint({ context: bench.context, actor: ROOT, tenantId: home.tenant.id, endpointId });
  await bench.database.script("delete from lanes");
  expect(await mend()).toBe(0);
});

it("finds the one among many that wait in good order", async () => {
  for (let other = 0; other < 5; other += 1) {
    const tenant = await bench.addTenant("a");
    await tenant.addEndpoint();
    await tenant.publish("a");
  }
  await setLane("'infinity'", "null");
  bench.clock.advance(1);
  expect(await mend()).toBe(1);
});
