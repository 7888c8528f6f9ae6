/** What only the embedded database promises: its directory, its thread. The rest is in database.conformance.test.ts. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { openEmbedded } from "./embedded.ts";

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "posthorn-embedded-"));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

describe("openEmbedded", () => {
  it("keeps what was written in its directory, and refuses a second opener meanwhile", async () => {
    const path = join(directory, "made", "as-needed");
    {
      await using database = await openEmbedded({ directory: path });
      await database.script("create table kept (id int); insert into kept values (7)");
      await expect(openEmbedded({ directory: path })).rejects.toThrow(`${path} is in use by another Posthorn process`);
    }
    await using again = await openEmbedded({ directory: path });
    expect(await again.query({ name: "kept", text: "select id from kept" }, [])).toEqual([{ id: 7 }]);
  });

  it("lives in memory without a directory", async () => {
    await using database = await openEmbedded({ directory: null });
    expect(await database.query({ name: "one", text: "select 1 as one" }, [])).toEqual([{ one: 1 }]);
  });

  it("says so when it does not open, and lets the directory go", async () => {
    const path = join(directory, "broken");
    await (await openEmbedded({ directory: path }))[Symbol.asyncDispose]();
    await rm(join(path, "global"), { recursive: true });
    await expect(openEmbedded({ directory: path })).rejects.toMatchObject({ code: "08006" });
    await expect(openEmbedded({ directory: path })).rejects.toMatchObject({ code: "08006" });
  });
});

describe("an embedded database that dies", () => {
  it("fails what is under way and what comes later, reports it once, and can still be closed", async () => {
    const reported: string[] = [];
    const database = await openEmbedded({ directory: null, onError: (_error, doing) => reported.push(doing) });
    await database.script(
      "create function endless(i int) returns int language plpgsql as $$ begin return endless(i + 1); end $$",
    );
    // The stack of the WebAssembly module ends before PostgreSQL's own limit of the depth is reached.
    const outcomes = await Promise.allSettled([
      database.script("select endless(1)"),
      database.query({ name: "behind", text: "select 1" }, []),
      database.transaction((transaction) => transaction.script("select 1")),
    ]);
    expect(outcomes.map((outcome) => outcome.status)).toEqual(["rejected", "rejected", "rejected"]);
    await expect(database.script("select 1")).rejects.toMatchObject({ code: "08006" });
    expect(reported).toEqual(["running the embedded database"]);
    await database[Symbol.asyncDispose]();
  });
});
