import { createHash } from "node:crypto";

import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";

import type { TestDatabase } from "../../test/support/database.ts";
import { describeWithPostgres, openTestDatabase } from "../../test/support/database.ts";
import type { Queryable } from "./database.ts";
import type { Migration } from "./migrate.ts";
import { migrate, MigrationError, readMigrations } from "./migrate.ts";
import { openPostgres } from "./postgres.ts";

const NOW = new Date("2026-11-21T12:00:00Z");

let shipped: readonly Migration[];
let database: TestDatabase;
beforeAll(async () => {
  shipped = await readMigrations();
  database = await openTestDatabase();
});
afterEach(() =>
  database.script("delete from migrations where name like 'more-%'; drop table if exists one, two, three"),
);
afterAll(() => database[Symbol.asyncDispose]());

/** The shipped migrations and more behind them. */
function withMore(...texts: string[]): Migration[] {
  const more = texts.map((text, index) => ({
    number: shipped.length + 1 + index,
    name: `more-${index + 1}`,
    text,
    sha256: createHash("sha256").update(text).digest("hex"),
  }));
  return [...shipped, ...more];
}

describe("migrate", () => {
  it("runs nothing when the schema is up to date", async () => {
    expect(await migrate(database, { now: NOW })).toEqual([]);
  });

  it("runs what is new, in order, and records when", async () => {
    const migrations = withMore("create table one (id int)", "alter table one add column name text");
    expect(await migrate(database, { now: NOW, migrations })).toEqual(["more-1", "more-2"]);
    expect(await recorded(database)).toEqual([
      { name: "more-1", applied_at: NOW },
      { name: "more-2", applied_at: NOW },
    ]);
    expect(await migrate(database, { now: NOW, migrations })).toEqual([]);
  });

  it("keeps those before a migration that fails, and nothing of the one that failed", async () => {
    const migrations = withMore("create table one (id int)", "create table two (id int); select 1 / 0");
    await expect(migrate(database, { now: NOW, migrations })).rejects.toMatchObject({ code: "22012" });
    expect(await recorded(database)).toEqual([{ name: "more-1", applied_at: NOW }]);
    const two = await database.query({ name: "test-two", text: "select to_regclass('two')::text as two" }, []);
    expect(two).toEqual([{ two: null }]);
  });

  it("refuses a database that is newer than the code", async () => {
    await migrate(database, { now: NOW, migrations: withMore("create table one (id int)") });
    await expect(migrate(database, { now: NOW })).rejects.toThrow(
      /has migration more-1, which this version does not know/,
    );
  });

  it("refuses a migration that changed after it was applied", async () => {
    await migrate(database, { now: NOW, migrations: withMore("create table one (id int)") });
    const changed = migrate(database, { now: NOW, migrations: withMore("create table one (id bigint)") });
    await expect(changed).rejects.toThrow(MigrationError);
    await expect(changed).rejects.toThrow(/an applied migration never changes/);
  });
});

describeWithPostgres("migrate from two nodes", () => {
  it("runs each migration once when they start at the same moment", async () => {
    await using other = await openPostgres({ url: database.url ?? "", poolSize: 2 });
    const migrations = withMore(
      "create table one (id int)",
      "create table two (id int)",
      "create table three (id int)",
    );
    const ran = await Promise.all([database, other].map((node) => migrate(node, { now: NOW, migrations })));
    expect(ran.flat().toSorted()).toEqual(["more-1", "more-2", "more-3"]);
  });
});

function recorded(queryable: Queryable): Promise<object[]> {
  const text = "select name, applied_at from migrations where name like 'more-%' order by number";
  return queryable.query({ name: "test-recorded", text }, []);
}
