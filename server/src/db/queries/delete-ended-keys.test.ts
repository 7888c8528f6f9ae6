import { afterAll, beforeAll, expect, it } from "vitest";

import { type EngineBench, openEngineBench, store, type TenantBench } from "../../../test/support/engine-bench.ts";
import { deleteEndedKeys } from "./delete-ended-keys.ts";

let bench: EngineBench;
let home: TenantBench;

beforeAll(async () => {
  bench = await openEngineBench();
  home = await bench.addTenant("a");
});
afterAll(() => bench[Symbol.asyncDispose]());

it("takes away what has ended, a bounded number a run, and leaves the rest", async () => {
  const publish = (prefix: string, eventIdDays: number) =>
    store(bench, [home.request([1, 2, 3].map((n) => ({ type: "a", id: `${prefix}${n}` })))], { eventIdDays });
  await publish("short", 1);
  await publish("long", 2);
  const now = new Date(bench.clock.nowMs() + 86_400_000);
  expect(await deleteEndedKeys(bench.database, { now: new Date(now.getTime() - 1), limit: 10 })).toBe(0);
  expect(await deleteEndedKeys(bench.database, { now, limit: 2 })).toBe(2);
  expect(await deleteEndedKeys(bench.database, { now, limit: 2 })).toBe(1);
  const rows = await bench.database.query<{ key: string }>(
    { name: "test-keys", text: "select key from publish_keys order by key" },
    [],
  );
  expect(rows.map(({ key }) => key)).toEqual(["long1", "long2", "long3"]);
});
