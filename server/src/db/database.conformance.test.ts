/** What both implementations of the database promise, checked against each. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import type { TestDatabase } from "../../test/support/database.ts";
import { describeWithPostgres, openTestDatabase } from "../../test/support/database.ts";
import type { Database, Queryable, Statement } from "./database.ts";
import { DatabaseError } from "./database.ts";

describe("the embedded database", () => checkConformance("embedded"));
describeWithPostgres("the database on PostgreSQL", () => checkConformance("postgres"));

function checkConformance(kind: Database["kind"]): void {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await openTestDatabase({ kind });
    await database.script(`
      create table notes (
        id bigint primary key,
        body text not null,
        constraint note_has_a_body check (body <> '')
      );
      create table counters (id int primary key, value int not null);
      insert into counters values (1, 0);
    `);
  });
  afterAll(() => database[Symbol.asyncDispose]());

  /** The value as the database gives it back, through a parameter and a column of the type. */
  const roundTrip = async (type: string, value: unknown): Promise<unknown> => {
    const name = `round-trip-${type}`;
    const rows = await database.query<{ value: unknown }>({ name, text: `select $1::${type} as value` }, [value]);
    return rows[0]?.value;
  };

  describe("values", () => {
    it.each<[string, unknown]>([
      ["bool", true],
      ["bool", false],
      ["int2", -7],
      ["int4", 2_147_483_647],
      ["int8", 9_007_199_254_740_991],
      ["int8", -1],
      ["float8", 0.1],
      ["text", "plain"],
      ["text", ""],
      ["text", 'quote " backslash \\ brace { } comma , newline \n tab \t'],
      ["text", "grüße, 你好, 👋"],
      ["uuid", "0190a0a0-1234-7abc-8def-0123456789ab"],
      ["timestamptz", new Date("2026-11-21T03:04:05.678Z")],
      ["timestamptz", new Date("1969-12-31T23:59:59.999Z")],
      ["timestamptz", new Date("2026-11-21T00:00:00.000Z")],
      ["bool[]", [true, false, null]],
      ["int4[]", [1, null, -3]],
      ["int8[]", [9_007_199_254_740_991, 0]],
      ["int8[]", []],
      ["text[]", ["a", "", "NULL", "null", null, "a b", 'a"b', "a\\b", "{a,b}", "grüße", " ", "\n"]],
      ["uuid[]", ["0190a0a0-1234-7abc-8def-0123456789ab", null]],
      ["timestamptz[]", [new Date("2026-11-21T03:04:05.678Z"), null]],
      [
        "int4[][]",
        [
          [1, 2],
          [3, 4],
        ],
      ],
    ])("gives back a %s as it was passed: %j", async (type, value) => {
      expect(await roundTrip(type, value)).toEqual(value);
    });

    it("gives null for null, of every type", async () => {
      for (const type of ["int8", "text", "timestamptz", "bytea", "text[]", "jsonb"]) {
        expect(await roundTrip(type, null)).toBeNull();
      }
    });

    it("takes a Buffer or a Uint8Array for bytea and gives back the bytes", async () => {
      const bytes = Uint8Array.from({ length: 256 }, (_, index) => index);
      expect(await roundTrip("bytea", Buffer.from(bytes))).toEqual(Buffer.from(bytes));
      expect(await roundTrip("bytea", bytes.subarray(10, 20))).toEqual(Buffer.from(bytes.subarray(10, 20)));
      expect(await roundTrip("bytea", Buffer.alloc(0))).toEqual(Buffer.alloc(0));
      expect(await roundTrip("bytea[]", [Buffer.from(bytes), null])).toEqual([Buffer.from(bytes), null]);
    });

    it("takes JSON text for jsonb and gives back its value", async () => {
      expect(await roundTrip("jsonb", '{"a": [1, "x", null]}')).toEqual({ a: [1, "x", null] });
      expect(await roundTrip("json", '"x"')).toBe("x");
    });

    it("cuts a timestamp to the millisecond", async () => {
      expect(await roundTrip("timestamptz", "2026-11-21 03:04:05.678999+02")).toEqual(
        new Date("2026-11-21T01:04:05.678Z"),
      );
    });

    it("refuses an int8 beyond 2^53 rather than rounding it", async () => {
      await expect(roundTrip("int8", "9007199254740993")).rejects.toThrow("9007199254740993 is beyond 2^53");
      expect(await roundTrip("int8", 1)).toBe(1);
    });

    it.each([[undefined], [{ a: 1 }], [Symbol("x")]])(
      "refuses the parameter %s as a mistake of the caller",
      async (value) => {
        await expect(roundTrip("text", value)).rejects.toThrow(TypeError);
      },
    );
  });

  describe("large parameters", () => {
    it("takes and gives back a bytea of 1 MiB", async () => {
      const bytes = Buffer.alloc(1_048_576, "0123456789abcdef\0");
      expect(bytes.equals((await roundTrip("bytea", bytes)) as Buffer)).toBe(true);
    });

    it("takes arrays of 1,000 elements and gives back as many rows", async () => {
      const ids = Array.from({ length: 1_000 }, (_, index) => index);
      const rows = await database.query<{ id: number; word: string; at: Date }>(
        {
          name: "thousand",
          text: "select * from unnest($1::int8[], $2::text[], $3::timestamptz[]) as t (id, word, at)",
        },
        [ids, ids.map((id) => `word "${id}"`), ids.map((id) => new Date(id))],
      );
      expect(rows).toHaveLength(1_000);
      expect(rows[999]).toEqual({ id: 999, word: 'word "999"', at: new Date(999) });
    });
  });

  describe("statements", () => {
    it("runs a prepared statement again with other parameters", async () => {
      expect(await roundTrip("int4", 1)).toBe(1);
      expect(await roundTrip("int4", 2)).toBe(2);
    });

    it("answers a statement without rows with none", async () => {
      expect(await database.query({ name: "no-rows", text: "select 1 as one where false" }, [])).toEqual([]);
    });

    it("refuses a second statement of the same name", async () => {
      await database.query({ name: "named-once", text: "select 1 as one" }, []);
      const impostor = { name: "named-once", text: "select 2 as two" };
      await expect(Promise.all(Array.from({ length: 8 }, () => database.query(impostor, [])))).rejects.toThrow();
    });

    it("runs a statement again after one of its executions failed", async () => {
      const divide: Statement = { name: "divide", text: "select 10 / $1::int as result" };
      await expect(database.query(divide, [0])).rejects.toThrow(DatabaseError);
      expect(await database.query(divide, [5])).toEqual([{ result: 2 }]);
      await expect(database.query(divide, [0])).rejects.toThrow(DatabaseError);
      expect(await database.query(divide, [2])).toEqual([{ result: 5 }]);
    });

    it("recovers when a table changes under a prepared statement", async () => {
      const all: Statement = { name: "all-columns", text: "select * from growing" };
      await database.script("create table growing (a int); insert into growing values (1)");
      await database.query(all, []);
      await database.script("alter table growing add column b int");
      await database.query(all, []).catch(() => {});
      expect(await database.query(all, [])).toEqual([{ a: 1, b: null }]);
    });

    it("runs a script of several statements, and all or none of it", async () => {
      await database.script("insert into notes values (1, 'first'); insert into notes values (2, 'second');");
      await expect(
        database.script("insert into notes values (3, 'third'); insert into notes values (1, 'again');"),
      ).rejects.toMatchObject({ code: "23505", constraint: "notes_pkey" });
      expect(await noteIds(database, [1, 2, 3])).toEqual([1, 2]);
    });
  });

  describe("refusals", () => {
    const insertNote: Statement = { name: "insert-note", text: "insert into notes values ($1::int8, $2::text)" };

    it("names SQLSTATE and constraint of a violation, and not the row", async () => {
      const refusal = await database.query(insertNote, [10, ""]).catch((error: unknown) => error);
      expect(refusal).toBeInstanceOf(DatabaseError);
      expect(refusal).toMatchObject({ code: "23514", constraint: "note_has_a_body", cause: undefined });
      expect((refusal as Error).message).toContain("insert-note");
    });

    it("names the SQLSTATE of a mistake, without a constraint", async () => {
      const refusal = database.query({ name: "nonsense", text: "select * from nothing_here" }, []);
      await expect(refusal).rejects.toMatchObject({ code: "42P01", constraint: undefined });
    });

    it("refuses a zero character in a text", async () => {
      await expect(roundTrip("text", "a\0b")).rejects.toMatchObject({ code: "22021" });
    });

    it("goes on after refusals, all at once", async () => {
      const outcomes = await Promise.allSettled(
        Array.from({ length: 40 }, (_, index) =>
          database.query(insertNote, [100 + index, index % 2 === 0 ? "" : "text"]),
        ),
      );
      expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(20);
    });
  });

  describe("transactions", () => {
    const insert = (queryable: Queryable, id: number) =>
      queryable.query({ name: "insert-note-text", text: "insert into notes values ($1::int8, 'text')" }, [id]);

    it("commits what its work did and gives back the result", async () => {
      const result = await database.transaction(async (transaction) => {
        await insert(transaction, 201);
        await transaction.script("insert into notes values (202, 'text')");
        return "done";
      });
      expect(result).toBe("done");
      expect(await noteIds(database, [201, 202])).toEqual([201, 202]);
    });

    it("rolls back when its work throws, and throws the same", async () => {
      const failure = new Error("changed its mind");
      const outcome = database.transaction(async (transaction) => {
        await insert(transaction, 211);
        throw failure;
      });
      await expect(outcome).rejects.toBe(failure);
      expect(await noteIds(database, [211])).toEqual([]);
    });

    it("rolls back when a statement is refused", async () => {
      const outcome = database.transaction(async (transaction) => {
        await insert(transaction, 221);
        await insert(transaction, 221);
      });
      await expect(outcome).rejects.toMatchObject({ code: "23505" });
      expect(await noteIds(database, [221])).toEqual([]);
    });

    it("fails when its work swallowed the refusal of a statement, since nothing was committed", async () => {
      const outcome = database.transaction(async (transaction) => {
        await insert(transaction, 231);
        await insert(transaction, 231).catch(() => {});
      });
      await expect(outcome).rejects.toMatchObject({ code: "25P02" });
      expect(await noteIds(database, [231])).toEqual([]);
    });

    it("shows nothing of itself to others before the commit", async () => {
      const wrote = Promise.withResolvers<void>();
      const mayEnd = Promise.withResolvers<void>();
      const transaction = database.transaction(async (open) => {
        await insert(open, 241);
        wrote.resolve();
        await mayEnd.promise;
        throw new Error("never mind");
      });
      await wrote.promise;
      const seen = noteIds(database, [241]);
      mayEnd.resolve();
      await expect(transaction).rejects.toThrow("never mind");
      expect(await seen).toEqual([]);
    });

    it("is not joined by statements of others: what they did stays when it rolls back", async () => {
      const begun = Promise.withResolvers<void>();
      const mayEnd = Promise.withResolvers<void>();
      const transaction = database.transaction(async () => {
        begun.resolve();
        await mayEnd.promise;
        throw new Error("never mind");
      });
      await begun.promise;
      const others = Promise.all([insert(database, 251), database.script("insert into notes values (252, 'text')")]);
      mayEnd.resolve();
      await expect(transaction).rejects.toThrow("never mind");
      await others;
      expect(await noteIds(database, [251, 252])).toEqual([251, 252]);
    });

    it("reads what was committed meanwhile: read committed", async () => {
      const rows = await database.transaction((transaction) =>
        transaction.query({ name: "isolation", text: "select current_setting('transaction_isolation') as level" }, []),
      );
      expect(rows).toEqual([{ level: "read committed" }]);
    });

    it("loses no update when many run at once", async () => {
      const increment = () =>
        database.transaction(async (transaction) => {
          const [row] = await transaction.query<{ value: number }>(
            { name: "read-counter", text: "select value from counters where id = 1 for update" },
            [],
          );
          await transaction.query({ name: "write-counter", text: "update counters set value = $1::int where id = 1" }, [
            (row?.value ?? 0) + 1,
          ]);
        });
      const single = () =>
        database.query({ name: "bump-counter", text: "update counters set value = value + 1 where id = 1" }, []);
      await Promise.all(Array.from({ length: 40 }, (_, index) => (index % 3 === 0 ? single() : increment())));
      expect(await database.query({ name: "counter", text: "select value from counters" }, [])).toEqual([
        { value: 40 },
      ]);
    });

    it("refuses statements after its end", async () => {
      let escaped: Queryable | undefined;
      await database.transaction(async (transaction) => {
        escaped = transaction;
      });
      await expect(escaped?.script("select 1")).rejects.toThrow("has ended");
    });
  });

  describe("wake-ups", () => {
    it("call every listener, also when one of them throws", async () => {
      const woken = Promise.withResolvers<void>();
      const stops = [
        database.onWake(() => {
          throw new Error("a listener's own bug");
        }),
        database.onWake(woken.resolve),
      ];
      await database.wake();
      await woken.promise;
      for (const stop of stops) stop();
    });

    it("reach nobody who has stopped listening", async () => {
      const other = Promise.withResolvers<void>();
      let calls = 0;
      database.onWake(() => (calls += 1))();
      const stop = database.onWake(other.resolve);
      await database.wake();
      await other.promise;
      stop();
      expect(calls).toBe(0);
    });
  });

  describe("closing", () => {
    it("lets what runs end, refuses what comes later, and may be repeated", async () => {
      const own = await openTestDatabase({ kind });
      const slow: Statement = { name: "slow", text: "select count(*) from generate_series(1, $1::int)" };
      const running = Promise.all(Array.from({ length: 12 }, () => own.query(slow, [50_000])));
      const transaction = own.transaction((open) => open.query(slow, [50_000]));
      const disposed = own[Symbol.asyncDispose]();
      await expect(own.query(slow, [1])).rejects.toMatchObject({ code: "08003" });
      await expect(own.transaction(async () => {})).rejects.toMatchObject({ code: "08003" });
      expect(await running).toHaveLength(12);
      expect(await transaction).toEqual([{ count: 50_000 }]);
      await disposed;
      await own[Symbol.asyncDispose]();
    });
  });
}

async function noteIds(database: Queryable, ids: readonly number[]): Promise<number[]> {
  const text = "select id from notes where id = any ($1::int8[]) order by id";
  const rows = await database.query<{ id: number }>({ name: "note-ids", text }, [ids]);
  return rows.map(({ id }) => id);
}
