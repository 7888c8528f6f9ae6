import { beforeEach, expect, test } from "vitest";

import {
  type EngineBench,
  openEngineBench,
  readLane,
  readQueue,
  ROOT,
  store,
  type TenantBench,
} from "../../../test/support/engine-bench.ts";
import { lockEndpoint } from "../../db/queries/lock-endpoint.ts";
import { mendLanes } from "../../db/queries/mend-lanes.ts";
import { WHOLE_CAP } from "../../pipeline/dispatch/cap-share.ts";
import { claimDueDeliveries } from "../../pipeline/dispatch/claim-due-deliveries.ts";
import { resumeEndpoint } from "../endpoints/resume-endpoint.ts";
import { pauseEndpoint } from "../endpoints/pause-endpoint.ts";
import { updateProfileSettings } from "./update-profile-settings.ts";

let bench: EngineBench;
let tenant: TenantBench;
beforeEach(async () => {
  bench = await openEngineBench();
  tenant = await bench.addTenant("comment.add");
  return () => bench[Symbol.asyncDispose]();
});

const set = (enabled: boolean) =>
  updateProfileSettings({
    context: bench.context,
    actor: ROOT,
    tenantId: tenant.tenant.id,
    profile: "velt",
    input: { enabled },
  });

const claim = () =>
  claimDueDeliveries({
    database: bench.database,
    clock: bench.clock,
    nextLease: () => 7,
    room: 100,
    defaultMaxInFlight: 16,
    capShare: WHOLE_CAP,
  });

interface Row {
  readonly status: string;
  readonly status_reason: string | null;
  readonly route_keys: readonly string[];
  readonly version: number;
}

async function read(id: string): Promise<Row> {
  const [row] = await bench.database.query<Row>(
    {
      name: "test-endpoint-standing",
      text: "select status, status_reason, route_keys, version from endpoints where id = $1::uuid",
    },
    [id],
  );
  if (row === undefined) throw new Error("the endpoint is gone");
  return row;
}

test("off and on, an endpoint has its routes again, and each time a newer version", async () => {
  const id = await tenant.addEndpoint({ profile: "velt", eventTypes: ["comment.add", "comment.*"] });
  const before = await read(id);
  await set(false);
  const off = await read(id);
  expect(off).toMatchObject({ status: "paused", status_reason: "held", route_keys: [] });
  await set(true);
  const on = await read(id);
  expect(on).toMatchObject({ status: "active", status_reason: null, route_keys: before.route_keys });
  expect([off.version > before.version, on.version > off.version]).toEqual([true, true]);
});

test("of all types keeps its announcements", async () => {
  const id = await tenant.addEndpoint({ profile: "velt" });
  const { route_keys: before } = await read(id);
  expect(before).toHaveLength(2);
  await set(false);
  await set(true);
  expect((await read(id)).route_keys).toEqual(before);
});

test("a lane that a claim has parked meanwhile turns again, and what waited in it is claimed", async () => {
  const id = await tenant.addEndpoint({ profile: "velt" });
  await tenant.publish("comment.add");
  await set(false);
  expect((await claim()).deliveries).toEqual([]);
  expect(await readLane(bench.database, id)).toMatchObject({ never: true });
  // It is held, not forgotten: the safety net has nothing to mend.
  bench.clock.advance(60_000);
  const now = bench.clock.now();
  expect(await mendLanes(bench.database, { now, dueBefore: now })).toBe(0);
  await set(true);
  const { deliveries } = await claim();
  expect(deliveries.map(({ endpointId }) => endpointId)).toEqual([id]);
});

test("what was stored in the moment of the switch waits, and no node may take it", async () => {
  const id = await tenant.addEndpoint({ profile: "velt" });
  await store(bench.context, [tenant.request([{ type: "comment.add" }])], { nodeRoom: 0 });
  await set(false);
  await store(bench.context, [tenant.request([{ type: "comment.add" }])]);
  expect(await readQueue(bench.database, id)).toHaveLength(1);
  expect((await claim()).deliveries).toEqual([]);
});

test("an endpoint that is resumed while the switch is written is held all the same", async () => {
  const id = await tenant.addEndpoint({ profile: "velt" });
  const tenantId = tenant.tenant.id;
  await pauseEndpoint({ context: bench.context, actor: ROOT, tenantId, endpointId: id });
  const locked = Promise.withResolvers<void>();
  const go = Promise.withResolvers<void>();
  // Somebody holds the endpoint while the switch is written: whichever goes first, the end is the same.
  const holder = bench.database.transaction(async (transaction) => {
    await lockEndpoint(transaction, { tenantId, endpointId: id });
    locked.resolve();
    await go.promise;
  });
  await locked.promise;
  const both = [set(false), resumeEndpoint({ context: bench.context, actor: ROOT, tenantId, endpointId: id })];
  go.resolve();
  await Promise.all([holder, ...both]);
  expect(await read(id)).toMatchObject({ status: "paused", status_reason: "held", route_keys: [] });
  await set(true);
  expect(await read(id)).toMatchObject({ status: "active" });
});

test("endpoints that are made while the switch is written are held too", async () => {
  const made = Array.from({ length: 6 }, () => tenant.addEndpoint({ profile: "velt" }));
  const [ids] = await Promise.all([Promise.all(made), set(false)]);
  for (const id of ids) expect(await read(id)).toMatchObject({ status: "paused", status_reason: "held" });
});
