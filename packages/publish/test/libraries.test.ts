/** One suite for the helpers of all libraries, with the real library and the real function on a real server. */
import { sql as drizzleSql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/node-postgres";
import { Kysely, PostgresDialect, sql as kyselySql } from "kysely";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { describeWithPostgres } from "../../../server/test/support/database.ts";
import { type EngineBench, openEngineBench, type TenantBench } from "../../../server/test/support/engine-bench.ts";
import { publish as publishWithDrizzle } from "../src/drizzle.ts";
import { PublishError, type PublishInput } from "../src/index.ts";
import { publish as publishWithKysely } from "../src/kysely.ts";
import { publish as publishWithPg } from "../src/pg.ts";
import { publish as publishWithPrisma } from "../src/prisma.ts";
import { openPrisma } from "./open-prisma.ts";

type Publish = (input: PublishInput) => Promise<string>;
/** Runs the work in one transaction of the library; rolls back when it throws. */
type Transact = <T>(work: (publish: Publish) => Promise<T>) => Promise<T>;

const LIBRARIES: Readonly<Record<string, (url: string) => { transact: Transact; close: () => Promise<unknown> }>> = {
  pg(connectionString) {
    const pool = new pg.Pool({ connectionString });
    const transact: Transact = async (work) => {
      const client = await pool.connect();
      try {
        await client.query("begin");
        const result = await work((input) => publishWithPg(client, input));
        await client.query("commit");
        return result;
      } catch (error) {
        await client.query("rollback");
        throw error;
      } finally {
        client.release();
      }
    };
    return { transact, close: () => pool.end() };
  },
  kysely(connectionString) {
    const db = new Kysely<object>({ dialect: new PostgresDialect({ pool: new pg.Pool({ connectionString }) }) });
    const transact: Transact = (work) =>
      db.transaction().execute((transaction) => work((input) => publishWithKysely(transaction, kyselySql, input)));
    return { transact, close: () => db.destroy() };
  },
  drizzle(connectionString) {
    const pool = new pg.Pool({ connectionString });
    const db = drizzle(pool);
    const transact: Transact = (work) =>
      db.transaction((transaction) => work((input) => publishWithDrizzle(transaction, drizzleSql, input)));
    return { transact, close: () => pool.end() };
  },
  prisma(connectionString) {
    const prisma = openPrisma(connectionString);
    const transact: Transact = (work) =>
      prisma.$transaction((transaction) => work((input) => publishWithPrisma(transaction, input)));
    return { transact, close: () => prisma.$disconnect() };
  },
};

describeWithPostgres("publishing in the transaction of", () => {
  let bench: EngineBench;
  let home: TenantBench;
  beforeAll(async () => {
    bench = await openEngineBench();
    home = await bench.addTenant("invoice.paid");
  });
  afterAll(() => bench[Symbol.asyncDispose]());

  const readInbox = async (): Promise<{ data: string; channels: string[] | null }[]> => {
    const text = "select data, channels from inbox where tenant_id = $1::uuid order by id";
    const rows = await bench.database.query<{ data: Uint8Array; channels: string[] | null }>(
      { name: "test-inbox", text },
      [home.tenant.id],
    );
    return rows.map(({ data, channels }) => ({ data: Buffer.from(data).toString(), channels }));
  };

  describe.each(Object.keys(LIBRARIES))("%s", (name) => {
    let library: ReturnType<NonNullable<(typeof LIBRARIES)[string]>>;
    let event: { readonly tenant: string; readonly type: string };
    beforeAll(async () => {
      const open = LIBRARIES[name];
      if (open === undefined || !("url" in bench.database)) throw new Error("there is no such library");
      library = open(String(bench.database.url));
      home = await bench.addTenant("invoice.paid");
      event = { tenant: home.tenant.slug, type: "invoice.paid" };
    });
    afterAll(() => library.close());

    it("publishes what is committed, and nothing of what is rolled back", async () => {
      const ids = await library.transact(async (publish) => [
        await publish({ ...event, data: { n: 1, text: "é' \" \\ $1" }, channels: ["north", "a.b"] }),
        await publish({ ...event, json: '{"n" : 12345678901234567890.10}' }),
        await publish({ ...event, data: null, channels: [] }),
      ]);
      expect(ids.map((id) => id.slice(0, 4))).toEqual(["evt_", "evt_", "evt_"]);
      const undone = library.transact(async (publish) => {
        await publish({ ...event, data: "undone" });
        throw new Error("changed its mind");
      });
      await expect(undone).rejects.toThrow("changed its mind");
      expect(await readInbox()).toEqual([
        { data: '{"n":1,"text":"é\' \\" \\\\ $1"}', channels: ["north", "a.b"] },
        { data: '{"n" : 12345678901234567890.10}', channels: null },
        { data: "null", channels: [] },
      ]);
    });

    it("gives the same id again under the same key", async () => {
      const input = { ...event, data: 1, idempotencyKey: `key of ${name}` };
      const first = await library.transact((publish) => publish(input));
      expect(await library.transact((publish) => publish(input))).toBe(first);
    });

    it.each<[Partial<PublishInput>, string]>([
      [{ tenant: "nobody" }, "not_found"],
      [{ type: "never.heard" }, "event_type_unknown"],
      [{ type: "no spaces" }, "validation_failed"],
      [{ data: "x".repeat(262_143) }, "data_too_large"],
      [{ data: 2, idempotencyKey: "reused" }, "idempotency_key_reused"],
    ])("says which mistake it was: $1", async (input, code) => {
      await library.transact((publish) => publish({ ...event, data: 1, idempotencyKey: "reused" }));
      const refused = library.transact((publish) => publish({ ...event, data: 1, ...input }));
      const error = await refused.catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(PublishError);
      expect(error).toMatchObject({ code, message: expect.stringMatching(/[.]$/) });
      if (name !== "prisma") expect(error).toMatchObject({ problem: expect.any(String), argument: expect.any(String) });
    });

    it("passes on what is no refusal of Posthorn's", async () => {
      const ambiguous = library.transact((publish) => publish({ ...event, data: 1, json: "1" }));
      await expect(ambiguous).rejects.toThrow("either data or json");
      const failed = library.transact(async (publish) => {
        await publish({ ...event, type: "never.heard", data: 1 }).catch(() => {});
        // The transaction has failed.
        return publish({ ...event, data: 1 });
      });
      await expect(failed).rejects.not.toBeInstanceOf(PublishError);
    });
  });
});
