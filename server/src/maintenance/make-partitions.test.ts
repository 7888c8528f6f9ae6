import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { createFakeClock } from "../../../devkit/fake-clock.ts";
import type { TestDatabase } from "../../test/support/database.ts";
import { openTestDatabase } from "../../test/support/database.ts";
import { DAY_MS, listDayPartitions } from "./day-partitions.ts";
import { makePartitions } from "./make-partitions.ts";

const START = new Date("2026-11-21T12:00:00Z");
let database: TestDatabase;
beforeAll(async () => {
  database = await openTestDatabase({ now: START });
});
afterAll(() => database[Symbol.asyncDispose]());

describe("makePartitions", () => {
  it("makes yesterday to seven days ahead for each table, by UTC day", async () => {
    const partitions = await listDayPartitions(database);
    expect(partitions.filter(({ table }) => table === "events").map(({ name }) => name)).toEqual([
      "events_20261120",
      "events_20261121",
      "events_20261122",
      "events_20261123",
      "events_20261124",
      "events_20261125",
      "events_20261126",
      "events_20261127",
      "events_20261128",
    ]);
    expect(partitions).toHaveLength(27);
  });

  it("makes nothing when run again", async () => {
    expect(await makePartitions({ database, clock: createFakeClock(START) })).toEqual([]);
  });

  it("makes each partition once when two nodes run at the same moment", async () => {
    const clock = createFakeClock(new Date(START.getTime() + 2 * DAY_MS));
    const made = await Promise.all([makePartitions({ database, clock }), makePartitions({ database, clock })]);
    expect(made.flat().toSorted()).toEqual([
      "attempts_20261129",
      "attempts_20261130",
      "deliveries_20261129",
      "deliveries_20261130",
      "events_20261129",
      "events_20261130",
    ]);
  });

  it("gives a partition the ids from the first microsecond of its day until the next day's", async () => {
    const rows = await database.query<{ bounds: string }>(
      {
        name: "test-bounds",
        text: "select pg_get_expr(relpartbound, oid) as bounds from pg_class where relname = 'events_20261121'",
      },
      [],
    );
    const from = Date.parse("2026-11-21T00:00:00Z") * 1000;
    expect(rows).toEqual([{ bounds: `FOR VALUES FROM ('${from}') TO ('${from + DAY_MS * 1000}')` }]);
  });

  it("gives a partition the indexes of its table", async () => {
    const rows = await database.query<{ count: number }>(
      {
        name: "test-indexes",
        text: `select count(*)::int as count from pg_inherits
          join pg_index on pg_index.indexrelid = pg_inherits.inhrelid
          where pg_index.indrelid = 'attempts_20261121'::regclass`,
      },
      [],
    );
    expect(rows).toEqual([{ count: 3 }]);
  });
});
