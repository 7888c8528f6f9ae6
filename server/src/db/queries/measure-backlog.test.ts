import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";

import { openTestDatabase, type TestDatabase } from "../../../test/support/database.ts";
import { measureBacklog } from "./measure-backlog.ts";

const NOW = new Date("2026-06-01T12:00:00Z");
const TENANT = "0190a0a0-0000-7000-8000-000000000001";

let database: TestDatabase;
beforeAll(async () => {
  database = await openTestDatabase({ now: NOW });
});
afterAll(() => database[Symbol.asyncDispose]());
beforeEach(() => database.script("truncate queue; truncate lanes; truncate nodes"));

const ago = (seconds: number): Date => new Date(NOW.getTime() - seconds * 1000);
const measure = (bounds: { lanes?: number; countUpTo?: number } = {}) =>
  measureBacklog(database, { now: NOW, lanes: 1_000, countUpTo: 1_000, ...bounds });

/** An endpoint with a lane and deliveries that are due so many seconds ago; leased ones are in flight. */
async function addLane(lane: {
  readonly turn: Date | "infinity";
  readonly parkedUntil?: Date | "infinity";
  readonly due?: readonly number[];
  readonly leased?: number;
}): Promise<void> {
  const [row] = await database.query<{ endpoint_id: string }>(
    {
      name: "test-add-lane",
      text: `insert into lanes (endpoint_id, next_turn_at, parked_until)
        values (gen_random_uuid(), $1::text::timestamptz, $2::text::timestamptz) returning endpoint_id`,
    },
    [toText(lane.turn), lane.parkedUntil === undefined ? null : toText(lane.parkedUntil)],
  );
  const waiting = (lane.due ?? []).map((seconds) => ({ dueAt: ago(seconds), lease: null }));
  const leased = Array.from({ length: lane.leased ?? 0 }, () => ({ dueAt: ago(3_600), lease: 2 ** 32 }));
  const deliveries = [...waiting, ...leased];
  await database.query(
    {
      name: "test-add-deliveries",
      text: `insert into queue (delivery_id, event_id, tenant_id, endpoint_id, type, source, due_at, lease, created_at,
          run_started_at)
        select nextval('ids'), 1, $1::uuid, $2::uuid, 'invoice.paid', 'publish', due_at, lease, $5::timestamptz,
          $5::timestamptz
        from unnest($3::timestamptz[], $4::bigint[]) as d (due_at, lease)`,
    },
    [TENANT, row?.endpoint_id, deliveries.map(({ dueAt }) => dueAt), deliveries.map(({ lease }) => lease), NOW],
  );
}

function toText(time: Date | "infinity"): string {
  return time === "infinity" ? time : time.toISOString();
}

it("finds nothing late where nothing waits", async () => {
  expect(await measure()).toMatchObject({ late_since: null, oldest_due_at: null, waiting: 0, leased: 0, nodes: 0 });
});

it("tells the turn that is most overdue from the delivery that is longest due", async () => {
  await addLane({ turn: ago(3), due: [500, 2] });
  await addLane({ turn: ago(7), due: [10], leased: 2 });
  await addLane({ turn: ago(-60), due: [-60] });
  expect(await measure()).toMatchObject({ late_since: ago(7), oldest_due_at: ago(500), waiting: 4, leased: 2 });
});

it("calls what an endpoint holds back due, but dispatch not late", async () => {
  await addLane({ turn: ago(-30), parkedUntil: ago(-30), due: [40] });
  expect(await measure()).toMatchObject({ late_since: null, oldest_due_at: ago(40) });
});

it("leaves paused endpoints out, and counts what waits there", async () => {
  await addLane({ turn: "infinity", parkedUntil: "infinity", due: [9_000] });
  expect(await measure()).toMatchObject({ late_since: null, oldest_due_at: null, waiting: 1 });
});

it("looks into the lanes whose turn is next, and counts as far as it was told", async () => {
  await addLane({ turn: ago(9), due: [9] });
  await addLane({ turn: ago(1), due: [1_000, 1_000, 1_000] });
  expect(await measure({ lanes: 1, countUpTo: 2 })).toMatchObject({ oldest_due_at: ago(9), waiting: 2 });
});
