import { createHash } from "node:crypto";

import { describe, expect, it } from "vitest";

import { describeWithPostgres, openTestDatabase } from "../../test/support/database.ts";
import type { Database } from "./database.ts";
import type { Migration } from "./migrate.ts";
import { migrate, MigrationError, readMigrations } from "./migrate.ts";
import { openPostgres } from "./postgres.ts";

const NOW = new Date("2026-11-21T12:00:00Z");

async function setup() {
  const database = await openTestDatabase();
  const shipped = await readMigrations();
  /** The shipped migrations and more behind them. */
  const withMore = (...texts: string[]): Migration[] => [
    ...shipped,
    ...texts.map((text, index) => ({
      number: shipped.length + 1 + index,
      name: `more-${index + 1}`,
      text,
      sha256: createHash("sha256").update(text).digest("hex"),
    })),
  ];
  return { database, shipped, withMore };
}

describe("migrate", () => {
  it("runs nothing when the schema is up to date", async () => {
    const { database } = await setup();
    await using _database = database;
    expect(await migrate(database, { now: NOW })).toEqual([]);
  });

  it("runs what is new, in order, and records when", async () => {
    const { database, withMore } = await setup();
    await using _database = database;
    const migrations = withMore("create table one (id int)", "alter table one add column name text");
    expect(await migrate(database, { now: NOW, migrations })).toEqual(["more-1", "more-2"]);
    expect(await recorded(database)).toEqual([
      { name: "more-1", applied_at: NOW },
      { name: "more-2", applied_at: NOW },
    ]);
    expect(await migrate(database, { now: NOW, migrations })).toEqual([]);
  });

  it("keeps those before a migration that fails, and nothing of the one that failed", async () => {
    const { database, withMore } = await setup();
    await using _database = database;
    const migrations = withMore("create table one (id int)", "create table two (id int); select 1 / 0");
    await expect(migrate(database, { now: NOW, migrations })).rejects.toMatchObject({ code: "22012" });
    expect(await recorded(database)).toEqual([{ name: "more-1", applied_at: NOW }]);
    const two = await database.query({ name: "test-two", text: "select to_regclass('two')::text as two" }, []);
    expect(two).toEqual([{ two: null }]);
  });

  it("refuses a database that is newer than the code", async () => {
    const { database, withMore } = await setup();
    await using _database = database;
    await migrate(database, { now: NOW, migrations: withMore("create table one (id int)") });
    await expect(migrate(database, { now: NOW })).rejects.toThrow(
      /has migration more-1, which this version does not know/,
    );
  });

  it("refuses a migration that changed after it was applied", async () => {
    const { database, withMore } = await setup();
    await using _database = database;
    await migrate(database, { now: NOW, migrations: withMore("create table one (id int)") });
    const changed = migrate(database, { now: NOW, migrations: withMore("create table one (id bigint)") });
    await expect(changed).rejects.toThrow(MigrationError);
    await expect(changed).rejects.toThrow(/an applied migration never changes/);
  });
});

describeWithPostgres("migrate from two nodes", () => {
  it("runs each migration once when they start at the same moment", async () => {
    const { database, withMore } = await setup();
    await using _database = database;
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

function recorded(database: Database): Promise<object[]> {
  const text = "select name, applied_at from migrations where name like 'more-%' order by number";
  return database.query({ name: "test-recorded", text }, []);
}
