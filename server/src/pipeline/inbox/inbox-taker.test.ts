import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";

import { type EngineBench, openEngineBench, ROOT, type TenantBench } from "../../../test/support/engine-bench.ts";
import { fromNumberId } from "../../core/ids/public-id.ts";
import { deleteTenant } from "../../core/tenants/delete-tenant.ts";
import { deleteSetAside } from "../../db/queries/delete-set-aside.ts";
import { WHOLE_CAP } from "../dispatch/cap-share.ts";
import type { HeldDelivery } from "../held-delivery.ts";
import { EventStore } from "../store/event-store.ts";
import { InboxTaker } from "./inbox-taker.ts";
import type { SetAside } from "./set-aside.ts";

let bench: EngineBench;
let home: TenantBench;
beforeAll(async () => {
  bench = await openEngineBench();
});
afterAll(() => bench[Symbol.asyncDispose]());
beforeEach(async () => {
  home = await bench.addTenant("a");
});

function setup() {
  const leased: HeldDelivery[] = [];
  const aside: SetAside[] = [];
  const commits: number[] = [];
  let leases = 1;
  const store = new EventStore({
    ...bench,
    defaultMaxInFlight: 1_000,
    eventIdDays: 30,
    capShare: () => WHOLE_CAP,
    nextLease: () => (leases += 1),
    nodeRoom: () => 1_000,
    crowded: () => ({ endpointIds: [], rooms: [] }),
    onLeased: (deliveries) => void leased.push(...deliveries),
    onWaiting() {},
    onCommit: ({ rows }) => void commits.push(rows.filter(({ kind }) => kind === "event").length),
  });
  const taker = new InboxTaker({ ...bench, store, onSetAside: (rows) => void aside.push(...rows) });
  return { taker, leased, aside, commits };
}

async function publish(data: string, channels: readonly string[] | null = null): Promise<number> {
  const text = "select posthorn.publish($1::text, 'a', $2::text, $3::text[]) as id";
  const rows = await bench.database.query<{ id: string }>({ name: "test-publish", text }, [
    home.tenant.slug,
    data,
    channels,
  ]);
  return fromNumberId("evt", rows[0]?.id ?? "") ?? 0;
}

/** Past the function, as something broken might. */
async function insert(row: { readonly id?: number; readonly data: string }): Promise<void> {
  const text = `insert into inbox (id, tenant_id, type, data, published_at)
    values (coalesce($1::bigint, nextval('ids')), $2::uuid, 'a', $3::bytea, $4::timestamptz)`;
  const { id = null, data } = row;
  await bench.database.query({ name: "test-insert", text }, [id, home.tenant.id, Buffer.from(data), bench.clock.now()]);
}

async function count(table: "inbox" | "events"): Promise<number> {
  const text = `select count(*)::integer as count from ${table} where tenant_id = $1::uuid`;
  const rows = await bench.database.query<{ count: number }>({ name: `test-count-${table}`, text }, [home.tenant.id]);
  return rows[0]?.count ?? -1;
}

it("stores what was committed, each event under the id that its publisher was told, in few commits", async () => {
  const endpointId = await home.addEndpoint({ channels: ["north"] });
  const ids = [await publish('{"n" : 1}', ["north"]), await publish("2"), await publish("3", ["north"])];
  const { taker, leased, commits } = setup();
  expect(await taker.runOnce()).toBe(3);
  expect(commits).toEqual([3]);
  expect(leased.map(({ eventId, data, ...rest }) => [eventId, Buffer.from(data).toString(), rest.endpointId])).toEqual([
    [ids[0], '{"n" : 1}', endpointId],
    [ids[2], "3", endpointId],
  ]);
  expect([await count("inbox"), await count("events")]).toEqual([0, 3]);
  expect(await taker.runOnce()).toBe(0);
  expect(commits).toEqual([3]);
});

it("takes no more bytes at once than a commit should hold", async () => {
  const large = `"${"x".repeat(262_000)}"`;
  for (let n = 0; n < 40; n += 1) await insert({ data: large });
  const { taker, commits } = setup();
  expect(await taker.runOnce()).toBe(40);
  expect(commits).toEqual([33, 7]);
});

it("sets aside what the store refuses and what is no JSON, beside what it stores", async () => {
  const gone = home;
  await publish("1");
  await deleteTenant({ context: bench.context, actor: ROOT, tenantId: gone.tenant.id });
  home = await bench.addTenant("a");
  await publish("2");
  await insert({ data: "{'a':1}" });
  const { taker, aside } = setup();
  expect(await taker.runOnce()).toBe(3);
  expect(aside.map(({ tenantId, problem }) => [tenantId, problem])).toEqual([
    [home.tenant.id, "malformed_json"],
    [gone.tenant.id, "not_found"],
  ]);
  expect([await count("inbox"), await count("events")]).toEqual([0, 1]);
});

it("finds the one row that the database refuses, and stores all the others", async () => {
  await publish("1");
  // Of a day that has no partition.
  await insert({ id: 1, data: '"poison"' });
  await publish("2");
  const { taker, aside, commits } = setup();
  expect(await taker.runOnce()).toBe(3);
  expect(aside).toMatchObject([{ id: 1, problem: "cannot_be_stored", detail: "23514" }]);
  expect([await count("inbox"), await count("events")]).toEqual([0, 2]);
  await publish("3");
  await publish("4");
  await taker.runOnce();
  expect(commits.at(-1)).toBe(2);

  const now = bench.clock.now();
  expect(await deleteSetAside(bench.database, { before: new Date(now.getTime() - 1), limit: 10 })).toBe(0);
  expect(await deleteSetAside(bench.database, { before: now, limit: 10 })).toBeGreaterThan(0);
});

it("takes nothing once it is closed", async () => {
  await publish("1");
  const { taker } = setup();
  taker.close();
  expect(await taker.runOnce()).toBe(0);
  expect(await count("inbox")).toBe(1);
});
