import { afterAll, beforeAll, describe, expect, it } from "vitest";

import type { TestDatabase } from "../../test/support/database.ts";
import { describeWithPostgres, openTestDatabase } from "../../test/support/database.ts";
import { tendEmbedded } from "./tend-embedded.ts";

describe("tendEmbedded", () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await openTestDatabase({ kind: "embedded" });
  });
  afterAll(() => database[Symbol.asyncDispose]());

  it("does nothing to a database that has hardly been used", async () => {
    expect(await tendEmbedded({ database })).toEqual({ vacuumed: [], checkpointed: false });
  });

  it("vacuums a table that has many dead rows, once", async () => {
    await database.script(`
      insert into lanes (endpoint_id, next_turn_at)
        select gen_random_uuid(), '2026-11-21' from generate_series(1, 11000);
      delete from lanes;
    `);
    expect((await tendEmbedded({ database })).vacuumed).toEqual(["lanes"]);
    expect((await tendEmbedded({ database })).vacuumed).toEqual([]);
  });

  it("makes a checkpoint when the write-ahead log has grown, once", async () => {
    await database.script("create table bulk (bytes bytea)");
    const bytes = Buffer.alloc(1_048_576);
    for (let round = 0; round < 140; round += 1) {
      await database.query({ name: "test-bulk", text: "insert into bulk values ($1::bytea)" }, [noise(bytes)]);
    }
    expect((await tendEmbedded({ database })).checkpointed).toBe(true);
    expect((await tendEmbedded({ database })).checkpointed).toBe(false);
  });
});

describeWithPostgres("tendEmbedded on PostgreSQL", () => {
  it("leaves it all to the server", async () => {
    await using database = await openTestDatabase({ kind: "postgres" });
    await database.script(`
      insert into lanes (endpoint_id, next_turn_at)
        select gen_random_uuid(), '2026-11-21' from generate_series(1, 11000);
      delete from lanes;
    `);
    expect(await tendEmbedded({ database })).toEqual({ vacuumed: [], checkpointed: false });
  });
});

/** Bytes that do not compress. */
function noise(bytes: Buffer): Buffer {
  for (let at = 0; at < bytes.length; at += 65_536) crypto.getRandomValues(bytes.subarray(at, at + 65_536));
  return bytes;
}
