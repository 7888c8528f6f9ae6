/** What only PostgreSQL promises: connections that are lost, and wake-ups between nodes. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import type { TestDatabase } from "../../test/support/database.ts";
import { describeWithPostgres, openTestDatabase } from "../../test/support/database.ts";
import { startWire } from "../../test/support/start-wire.ts";
import type { Queryable } from "./database.ts";
import type { PostgresDatabase } from "./postgres.ts";
import { openPostgres } from "./postgres.ts";

describe("openPostgres", () => {
  it("says so when nobody answers", async () => {
    const opening = openPostgres({ url: "postgres://nobody@127.0.0.1:1/nothing", poolSize: 1 });
    await expect(opening).rejects.toMatchObject({ name: "DatabaseError", code: "08001" });
  });
});

describeWithPostgres("a database on PostgreSQL", () => {
  let owner: TestDatabase;
  let node: PostgresDatabase;
  let reported: string[];
  let onReport: () => void;
  beforeEach(async () => {
    owner = await openTestDatabase({ kind: "postgres" });
    reported = [];
    onReport = () => {};
    node = await openPostgres({
      url: owner.url ?? "",
      poolSize: 2,
      onError: (_error, doing) => {
        reported.push(doing);
        onReport();
      },
    });
  });
  afterEach(async () => {
    await node[Symbol.asyncDispose]();
    await owner[Symbol.asyncDispose]();
  });

  /** Ends connections of other clients whose last statement looks like this; returns how many. */
  const terminate = async (statement: string): Promise<number> => {
    const rows = await owner.query<{ ended: boolean }>(
      {
        name: "test-terminate",
        text: `select pg_terminate_backend(pid, 5000) as ended from pg_stat_activity
          where datname = current_database() and pid <> pg_backend_pid() and query like $1::text`,
      },
      [statement],
    );
    return rows.length;
  };

  const one = (queryable: Queryable) => queryable.query({ name: "test-one", text: "select 1 as one" }, []);

  it("names itself, bounds its statements and speaks UTC", async () => {
    const rows = await node.query(
      {
        name: "test-settings",
        text: `select current_setting('application_name') as name, current_setting('statement_timeout') as timeout,
          current_setting('timezone') as zone`,
      },
      [],
    );
    expect(rows).toEqual([{ name: "posthorn", timeout: "10s", zone: "UTC" }]);
  });

  it("counts its connections", async () => {
    await Promise.all([one(node), one(node), one(node)]);
    expect(node.connections()).toEqual({ total: 2, idle: 2, waiting: 0 });
  });

  it("goes on after an idle connection was ended by the server, and reports it", async () => {
    await node.query({ name: "test-marked", text: "select 'idle one' as mark" }, []);
    const heard = new Promise<void>((resolve) => (onReport = resolve));
    expect(await terminate("%idle one%")).toBe(1);
    await heard;
    expect(reported).toContain("keeping an idle database connection");
    expect(await one(node)).toEqual([{ one: 1 }]);
  });

  it("fails the transaction whose connection was lost, and goes on with another connection", async () => {
    const outcome = node.transaction(async (transaction) => {
      await transaction.query({ name: "test-doomed", text: "select 'doomed' as mark" }, []);
      expect(await terminate("%doomed%")).toBe(1);
      await one(transaction);
    });
    await expect(outcome).rejects.toMatchObject({
      name: "DatabaseError",
      code: expect.stringMatching(/^(57P01|08006)$/),
    });
    expect(await one(node)).toEqual([{ one: 1 }]);
  });

  it("gives up connections that fell silent, all of them at the first one, and closes without their goodbye", async () => {
    await using wire = await startWire(owner.url ?? "");
    const far = await openPostgres({ url: wire.url, poolSize: 3, statementTimeoutMs: 100 });
    await Promise.all([one(far), one(far), one(far)]);
    expect(wire.connections).toBe(3);

    wire.stall();
    const lost = { name: "DatabaseError", code: "08006", message: expect.stringContaining("no answer within 5.1 s") };
    await Promise.all([
      expect(one(far)).rejects.toMatchObject(lost),
      expect(far.transaction(one)).rejects.toMatchObject(lost),
    ]);
    wire.mend();
    expect(await one(far)).toEqual([{ one: 1 }]);
    // The idle one that was as old has gone with the two that were asked.
    expect(far.connections()).toEqual({ total: 1, idle: 1, waiting: 0 });

    wire.stall();
    await far[Symbol.asyncDispose]();
  });

  it("leaves a server that takes no writes, so that a name that leads to another one is followed", async () => {
    const pid = { name: "test-pid", text: "select pg_backend_pid() as pid" };
    const [before] = await node.query<{ pid: number }>(pid, []);
    const writing = node.transaction(async (transaction) => {
      await transaction.script("set transaction read only; create table never (n integer)");
    });
    await expect(writing).rejects.toMatchObject({ code: "25006" });
    expect(await node.query(pid, [])).not.toEqual([before]);
  });

  it("keeps a connection, and what is prepared on it, when a statement is refused", async () => {
    const pid = async () => {
      const rows = await node.query<{ pid: number }>({ name: "test-pid", text: "select pg_backend_pid() as pid" }, []);
      return rows[0]?.pid;
    };
    const before = await pid();
    await expect(node.query({ name: "test-refused", text: "select 1 / $1::int" }, [0])).rejects.toMatchObject({
      code: "22012",
    });
    expect(await pid()).toBe(before);
  });

  it("wakes other nodes, and itself once", async () => {
    let own = 0;
    node.onWake(() => (own += 1));
    // A new listener counts as a wake-up. The server knows that it listens before the node does.
    await new Promise<void>((resolve) => void node.onWake(resolve));
    await new Promise<void>((resolve) => void owner.onWake(resolve));
    const before = own;
    const woken = new Promise<void>((resolve) => void owner.onWake(resolve));
    await node.wake();
    await woken;
    // Notifications come in order: by the time the other's arrives, an echo of its own would have been counted.
    const heardOther = new Promise<void>((resolve) => void node.onWake(resolve));
    await owner.wake();
    await heardOther;
    expect(own).toBe(before + 2);
  });

  it("hears wake-ups again after its listening connection was lost", async () => {
    const first = new Promise<void>((resolve) => void node.onWake(resolve));
    await first;
    const onceMore = new Promise<void>((resolve) => void node.onWake(resolve));
    expect(await terminate("listen%")).toBe(1);
    await onceMore; // Connected again, which counts as a wake-up.
    expect(reported).toContain("listening for wake-ups");

    const woken = new Promise<void>((resolve) => void node.onWake(resolve));
    await owner.wake();
    await woken;
  });

  it("closes while its listening connection cannot be had", async () => {
    const first = new Promise<void>((resolve) => void node.onWake(resolve));
    await first;
    await owner[Symbol.asyncDispose]();
    await node[Symbol.asyncDispose]();
  });
});
