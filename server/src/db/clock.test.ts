import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { createFakeClock } from "../../../devkit/fake-clock.ts";
import type { TestDatabase } from "../../test/support/database.ts";
import { openTestDatabase } from "../../test/support/database.ts";
import { createDatabaseClock } from "./clock.ts";
import type { Queryable } from "./database.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await openTestDatabase();
});
afterAll(() => database[Symbol.asyncDispose]());

/** A database whose clock is ahead of the real one. */
function ahead(byMs: number): Queryable {
  return {
    ...database,
    async query<Row extends object>(...call: Parameters<Queryable["query"]>) {
      const rows = await database.query<{ nowMs: number }>(...call);
      return rows.map(({ nowMs }) => ({ nowMs: nowMs + byMs })) as Row[];
    },
  };
}

describe("createDatabaseClock", () => {
  it("tells the database's time", async () => {
    const clock = await createDatabaseClock(database);
    const text = "select (extract(epoch from clock_timestamp()) * 1000)::float8 as ms";
    const before = clock.nowMs();
    const rows = await database.query<{ ms: number }>({ name: "test-time", text }, []);
    const after = clock.nowMs();
    const toleranceMs = 5;
    expect(rows[0]?.ms).toBeGreaterThan(before - toleranceMs);
    expect(rows[0]?.ms).toBeLessThan(after + 1 + toleranceMs);
  });

  it("follows the database rather than this machine", async () => {
    const [here, there] = [await createDatabaseClock(database), await createDatabaseClock(ahead(3_600_000))];
    expect(Math.abs(there.nowMs() - here.nowMs() - 3_600_000)).toBeLessThan(50);
  });

  it("gives whole milliseconds, and the same time as a Date", async () => {
    const clock = await createDatabaseClock(database);
    expect(Number.isInteger(clock.nowMs())).toBe(true);
    expect(Math.abs(clock.now().getTime() - clock.nowMs())).toBeLessThan(50);
  });

  it("moves by the drift it finds when it measures again", async () => {
    let driftMs = 0;
    const clock = await createDatabaseClock({
      ...database,
      query: (...call) => ahead(driftMs).query(...call),
    });
    expect(Math.abs(await clock.runOnce())).toBeLessThan(50);
    driftMs = 10_000;
    expect(Math.abs((await clock.runOnce()) - 10_000)).toBeLessThan(50);
  });
});

describe("createFakeClock", () => {
  it("stands still until it is advanced, and then tells those who wait", () => {
    const clock = createFakeClock(new Date("2026-11-21T12:00:00Z"));
    const seen: string[] = [];
    const stop = clock.onAdvance(() => seen.push(clock.now().toISOString()));
    clock.advance(1_500);
    stop();
    clock.advance(1);
    expect(seen).toEqual(["2026-11-21T12:00:01.500Z"]);
    expect(clock.nowMs()).toBe(Date.parse("2026-11-21T12:00:01.501Z"));
    expect(() => clock.advance(-1)).toThrow(RangeError);
  });
});
