import { afterAll, beforeAll, describe, expect, it } from "vitest";

import type { TestDatabase } from "../../../test/support/database.ts";
import { describeWithPostgres, openTestDatabase } from "../../../test/support/database.ts";
import type { Queryable } from "../database.ts";
import { openPostgres } from "../postgres.ts";
import { advanceIds } from "./advance-ids.ts";

const START_MS = Date.parse("2026-11-21T12:00:00Z");

async function nextId(queryable: Queryable): Promise<number> {
  const rows = await queryable.query<{ id: number }>({ name: "test-next", text: "select nextval('ids') as id" }, []);
  return rows[0]?.id ?? 0;
}

describe("advanceIds", () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await openTestDatabase({ now: new Date(START_MS) });
  });
  afterAll(() => database[Symbol.asyncDispose]());

  it("moves the ids to the clock", async () => {
    await advanceIds(database, { nowMs: START_MS + 1_000 });
    expect(await nextId(database)).toBe((START_MS + 1_000) * 1000 + 1);
  });

  it("leaves them alone when they are less than 100,000 behind", async () => {
    const id = await nextId(database);
    expect(await advanceIds(database, { nowMs: Math.floor(id / 1000) + 99 })).toBe(0);
    expect(await nextId(database)).toBe(id + 1);
  });

  it("never moves them backwards", async () => {
    const id = await nextId(database);
    expect(await advanceIds(database, { nowMs: START_MS - 86_400_000 })).toBe(0);
    expect(await nextId(database)).toBe(id + 1);
  });
});

describeWithPostgres("advanceIds under load", () => {
  it("makes no id twice while four connections draw them and two nodes move them", async () => {
    await using database = await openTestDatabase({ kind: "postgres", now: new Date(START_MS) });
    await using publishers = await openPostgres({ url: database.url ?? "", poolSize: 4 });
    const drawn: number[] = [];
    let moving = true;

    const draw = async () => {
      while (moving) {
        const rows = await publishers.query<{ id: number }>(
          { name: "test-draw", text: "select nextval('ids') as id from generate_series(1, 200)" },
          [],
        );
        for (const { id } of rows) drawn.push(id);
      }
    };
    const publishing = Promise.all([draw(), draw(), draw(), draw()]);
    const moves: number[] = [];
    for (let second = 1; second <= 100; second += 1) {
      const nowMs = START_MS + second * 1_000;
      moves.push(...(await Promise.all([advanceIds(database, { nowMs }), advanceIds(database, { nowMs })])));
    }
    moving = false;
    await publishing;

    expect(moves.filter((moved) => moved > 0)).toHaveLength(100);
    expect(drawn.length).toBeGreaterThan(10_000);
    expect(new Set(drawn).size).toBe(drawn.length);
  });
});
