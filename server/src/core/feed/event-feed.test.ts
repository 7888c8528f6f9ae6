import { randomUUID } from "node:crypto";

import { afterAll, beforeAll, expect, test } from "vitest";

import { describeWithPostgres, openTestDatabase, type TestDatabase } from "../../../test/support/database.ts";
import type { Queryable } from "../../db/database.ts";
import { openPostgres } from "../../db/postgres.ts";
import { EventFeed, type FedEvent } from "./event-feed.ts";

let database: TestDatabase;
let feed: EventFeed;
const errors: unknown[] = [];
beforeAll(async () => {
  database = await openTestDatabase();
  feed = new EventFeed({ database, onError: (error) => errors.push(error) });
});
afterAll(async () => {
  await feed[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
  expect(errors).toEqual([]);
});

/** Inserts as the store statement does: the id is drawn in the statement that writes. */
async function store(into: Queryable, tenantId: string, note: string, source = "publish"): Promise<void> {
  await into.query(
    {
      name: "test-store-event",
      text: `insert into events (id, tenant_id, type, source, data, deliveries, created_at)
        values (nextval('ids'), $1::uuid, 'a.b', $3::text, convert_to($2::text, 'UTF8'), 0, $4::timestamptz)`,
    },
    [tenantId, note, source, new Date()],
  );
}

/** Follows a tenant; what came, in order, and a promise of so many. */
async function follow(of: EventFeed, tenantId: string) {
  const came: string[] = [];
  let told = Promise.withResolvers<void>();
  const onEvents = (events: readonly FedEvent[]): void => {
    came.push(...events.map(({ data }) => Buffer.from(data).toString()));
    told.resolve();
    told = Promise.withResolvers<void>();
  };
  const { stop } = await of.follow({ tenantId, onEvents });
  const until = async (count: number): Promise<readonly string[]> => {
    while (came.length < count) await told.promise;
    return came;
  };
  return { came, until, stop };
}

test("only what is committed after following comes, of one's own tenant, once for each follower", async () => {
  const [tenantId, other] = [randomUUID(), randomUUID()];
  await store(database, tenantId, "before");
  const [one, two] = [await follow(feed, tenantId), await follow(feed, tenantId)];
  await store(database, other, "another's");
  await store(database, tenantId, "a test", "test");
  await store(database, tenantId, "first");
  await store(database, tenantId, "operational", "operational");
  feed.wake();
  expect(await one.until(2)).toEqual(["first", "operational"]);
  expect(await two.until(2)).toEqual(["first", "operational"]);
  two.stop();
  const late = await follow(feed, tenantId);
  await store(database, tenantId, "second");
  feed.wake();
  expect(await late.until(1)).toEqual(["second"]);
  expect(await one.until(3)).toEqual(["first", "operational", "second"]);
  expect(two.came).toEqual(["first", "operational"]);
  for (const { stop } of [one, late]) stop();
});

test("more than a page comes whole, and what is rolled back does not come", async () => {
  const tenantId = randomUUID();
  const reader = await follow(feed, tenantId);
  await database
    .transaction(async (transaction) => {
      await store(transaction, tenantId, "rolled back");
      throw new Error("rolled back");
    })
    .catch(() => {});
  await database.query(
    {
      name: "test-store-many",
      text: `insert into events (id, tenant_id, type, data, deliveries, created_at)
        select nextval('ids'), $1::uuid, 'a.b', convert_to(n::text || repeat(' ', 20000), 'UTF8'), 0, $2::timestamptz
        from generate_series(1, 1100) n order by n`,
    },
    [tenantId, new Date()],
  );
  feed.wake();
  const came = await reader.until(1100);
  expect(came.map(Number)).toEqual(Array.from({ length: 1100 }, (_, index) => index + 1));
  reader.stop();
});

test("what nobody wakes it for comes by itself, and a feed that closed takes nobody", async () => {
  const tenantId = randomUUID();
  const own = new EventFeed({ database, onError: (error) => errors.push(error) });
  const reader = await follow(own, tenantId);
  await store(database, tenantId, "alone");
  expect(await reader.until(1)).toEqual(["alone"]);
  await own[Symbol.asyncDispose]();
  await expect(own.follow({ tenantId, onEvents: () => {} })).rejects.toThrow("closed");
});

test("a feed that was woken while its last follower left can be followed again", async () => {
  const tenantId = randomUUID();
  let whileLooking = (): void => {};
  const watched: TestDatabase = {
    ...database,
    async query(statement, parameters) {
      const rows = await database.query<never>(statement, parameters);
      whileLooking();
      return rows;
    },
  };
  await using own = new EventFeed({ database: watched, onError: (error) => errors.push(error) });
  const reader = await follow(own, tenantId);
  const left = Promise.withResolvers<void>();
  whileLooking = () => {
    own.wake();
    reader.stop();
    left.resolve();
  };
  own.wake();
  await left.promise;
  whileLooking = () => {};
  await new Promise((resolve) => setImmediate(resolve));
  const next = await follow(own, tenantId);
  await store(database, tenantId, "again");
  own.wake();
  expect(await next.until(1)).toEqual(["again"]);
});

describeWithPostgres("transactions that end in another order than they began", () => {
  test("nothing is missed: a transaction that still runs holds back what came after it", async () => {
    const tenantId = randomUUID();
    await using another = await openPostgres({ url: database.url ?? "", poolSize: 4, onError: () => {} });
    const reader = await follow(feed, tenantId);
    const stored = Promise.withResolvers<void>();
    const mayEnd = Promise.withResolvers<void>();
    const slow = another.transaction(async (transaction) => {
      await store(transaction, tenantId, "began first");
      stored.resolve();
      await mayEnd.promise;
    });
    await stored.promise;
    await store(database, tenantId, "ended first");
    // Follows while both are under way: the one that has ended is not its, the other is.
    const between = await follow(feed, tenantId);
    await store(database, tenantId, "third");
    feed.wake();
    // A look that ended after both were stored has told of neither.
    const probe = await follow(feed, randomUUID());
    expect([reader.came, between.came]).toEqual([[], []]);
    mayEnd.resolve();
    await slow;
    expect(await reader.until(3)).toEqual(["began first", "ended first", "third"]);
    expect(await between.until(2)).toEqual(["began first", "third"]);
    for (const { stop } of [reader, between, probe]) stop();
  });
});
