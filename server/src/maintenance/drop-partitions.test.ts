import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { createFakeClock } from "../../../devkit/fake-clock.ts";
import { describeWithPostgres, openTestDatabase } from "../../test/support/database.ts";
import { openPostgres } from "../db/postgres.ts";
import { DAY_MS, listDayPartitions } from "./day-partitions.ts";
import { dropPartitions } from "./drop-partitions.ts";
import { makePartitions } from "./make-partitions.ts";

const START = new Date("2026-06-01T12:00:00Z");
const RETENTION = { eventDays: 30, attemptDays: 14 };
const TENANT = "0190a0a0-0000-7000-8000-000000000001";
const ENDPOINT = "0190a0a0-0000-7000-8000-000000000002";

/** A database of its own with partitions of the days around START, and ids of that day. */
async function setup(kind?: "postgres" | "embedded") {
  const database = await openTestDatabase({ now: START, ...(kind && { kind }) });
  const clock = createFakeClock(START);

  /** An event of that time with one unfinished delivery for each lease; gives back the deliveries' ids. */
  const publish = async ({ at, leases }: { at: Date; leases: readonly (number | null)[] }): Promise<number[]> => {
    const eventId = at.getTime() * 1000;
    const deliveryIds = leases.map((_, index) => eventId + 1 + index);
    await database.query(
      {
        name: "test-insert-event",
        text: `insert into events (id, tenant_id, type, data, deliveries, created_at)
          values ($1::bigint, $2::uuid, 'invoice.paid', '', 1, $3::timestamptz)`,
      },
      [eventId, TENANT, at],
    );
    await database.query(
      {
        name: "test-insert-queue",
        text: `insert into queue (delivery_id, event_id, tenant_id, endpoint_id, type, source, attempts, due_at, lease,
            created_at, run_started_at)
          select id, $3::bigint, $4::uuid, $5::uuid, 'invoice.paid', 'publish', 3, $6::timestamptz, lease,
            $6::timestamptz, $6::timestamptz
          from unnest($1::bigint[], $2::bigint[]) as delivery (id, lease)`,
      },
      [deliveryIds, leases, eventId, TENANT, ENDPOINT, at],
    );
    return deliveryIds;
  };

  const waiting = async () =>
    (
      await database.query<{ id: number }>(
        { name: "test-waiting", text: "select delivery_id as id from queue order by delivery_id" },
        [],
      )
    ).map(({ id }) => id);

  const daysOf = async (table: string) =>
    (await listDayPartitions(database)).filter((one) => one.table === table).map(({ name }) => name.slice(-8));

  return { database, clock, publish, waiting, daysOf };
}

describe("dropPartitions", () => {
  let arranged: Awaited<ReturnType<typeof setup>>;
  beforeAll(async () => {
    arranged = await setup();
  });
  afterAll(() => arranged.database[Symbol.asyncDispose]());

  it("drops nothing while everything is within its time", async () => {
    const { database, clock } = arranged;
    expect(await dropPartitions({ database, clock, retention: RETENTION })).toEqual({
      dropped: [],
      postponed: [],
      cancelledDeliveries: 0,
    });
  });

  it("drops attempts after their days and keeps events and deliveries", async () => {
    const { database, clock, daysOf } = arranged;
    clock.advance(15 * DAY_MS);
    await makePartitions({ database, clock });
    const { dropped } = await dropPartitions({ database, clock, retention: RETENTION });
    expect(dropped).toEqual(["attempts_20260531", "attempts_20260601"]);
    expect((await daysOf("attempts"))[0]).toBe("20260602");
    expect((await daysOf("events"))[0]).toBe("20260531");
    expect((await daysOf("deliveries"))[0]).toBe("20260531");
  });

  it("ends unfinished deliveries of events that go as cancelled, leased or not, and leaves the others", async () => {
    const { database, clock, publish, waiting } = arranged;
    const old = await publish({ at: START, leases: [null, 4_294_967_297] });
    const kept = await publish({ at: clock.now(), leases: [null] });
    clock.advance(16 * DAY_MS - 12 * 60 * 60 * 1000);

    const result = await dropPartitions({ database, clock, retention: RETENTION });
    expect(result.cancelledDeliveries).toBe(2);
    expect(result.dropped).toEqual(
      expect.arrayContaining(["events_20260531", "events_20260601", "deliveries_20260531"]),
    );
    expect(result.dropped).not.toContain("events_20260602");
    expect(result.dropped).not.toContain("deliveries_20260601");
    expect(await waiting()).toEqual(kept);
    const ended = await database.query(
      {
        name: "test-ended",
        text: "select id, state, reason, attempts, finished_at from deliveries order by id",
      },
      [],
    );
    expect(ended).toEqual(
      old.map((id) => ({ id, state: "cancelled", reason: "retention", attempts: 3, finished_at: clock.now() })),
    );
  });
});

describeWithPostgres("dropPartitions on PostgreSQL", () => {
  it("gives way to a reader that does not end, and drops at the next run", async () => {
    const { database, clock } = await setup("postgres");
    await using _database = database;
    await using other = await openPostgres({ url: database.url ?? "", poolSize: 1 });
    clock.advance(40 * DAY_MS);

    const reading = Promise.withResolvers<void>();
    const mayEnd = Promise.withResolvers<void>();
    const reader = other.transaction(async (transaction) => {
      await transaction.query({ name: "test-read", text: "select count(*) from attempts" }, []);
      reading.resolve();
      await mayEnd.promise;
    });
    await reading.promise;
    const first = await dropPartitions({ database, clock, retention: RETENTION });
    expect(first.postponed).toContain("attempts_20260601");
    expect(first.dropped).toContain("events_20260601");
    mayEnd.resolve();
    await reader;

    const second = await dropPartitions({ database, clock, retention: RETENTION });
    expect(second.postponed).toEqual([]);
    expect(second.dropped).toContain("attempts_20260601");
  });

  it("drops each partition once when two nodes run at the same moment", async () => {
    const { database, clock } = await setup("postgres");
    await using _database = database;
    clock.advance(40 * DAY_MS);
    const run = () => dropPartitions({ database, clock, retention: RETENTION });
    const results = await Promise.all([run(), run()]);
    const dropped = results.flatMap((result) => result.dropped);
    expect(new Set(dropped).size).toBe(dropped.length);
    expect(await listDayPartitions(database)).toEqual([]);
  });
});
