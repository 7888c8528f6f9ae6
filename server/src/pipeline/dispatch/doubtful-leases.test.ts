/** Commits that happened and whose answer was lost: what they leased must be sent all the same. */
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";

import { type Receiver, startReceiver } from "../../../../devkit/receivers/start-receiver.ts";
import { openTestDatabase, type TestDatabase } from "../../../test/support/database.ts";
import { startTestServer } from "../../../test/support/start-server.ts";
import { EVENT_TYPE, storyTenant } from "../../../test/support/story-tenant.ts";
import { type Database, DatabaseError } from "../../db/database.ts";

let database: TestDatabase;
let receiver: Receiver;

beforeAll(async () => {
  database = await openTestDatabase();
});
afterAll(() => database[Symbol.asyncDispose]());
beforeEach(async (context) => {
  receiver = await startReceiver();
  context.onTestFinished(() => receiver[Symbol.asyncDispose]());
});

/** Loses the answer of the next statement of that name, or of the transaction that sends it, after the commit. */
function loseAnswers(database: TestDatabase): { readonly database: TestDatabase; lose(statement: string): void } {
  let doomed: string | null = null;
  const lose = (): never => {
    doomed = null;
    throw new DatabaseError("commit: Connection terminated unexpectedly", { code: "08006" });
  };
  const query: Database["query"] = async (statement, parameters) => {
    const rows = await database.query<never>(statement, parameters);
    return statement.name === doomed ? lose() : rows;
  };
  const transaction: Database["transaction"] = async (work) => {
    let hasMet = false;
    const result = await database.transaction((inner) =>
      work({
        script: (text) => inner.script(text),
        async query<Row extends object>(...[statement, parameters]: Parameters<Database["query"]>) {
          const rows = await inner.query<Row>(statement, parameters);
          hasMet ||= statement.name === doomed && rows.length > 0;
          return rows;
        },
      }),
    );
    return hasMet ? lose() : result;
  };
  return { database: { ...database, query, transaction }, lose: (statement) => void (doomed = statement) };
}

it("sends what a store leased whose answer was lost, once, and knows the publish when it is repeated", async () => {
  const lossy = loseAnswers(database);
  await using server = await startTestServer({ database: lossy.database });
  const tenant = await storyTenant(server);
  const endpoint = await tenant.endpoint(receiver.url);
  const publish = { bytes: `{"type":"${EVENT_TYPE}","data":{"n":1},"id":"once"}` };

  lossy.lose("store-events");
  expect((await tenant.tryPublish(publish.bytes)).status).toBe(503);
  expect(await server.server.engine.giveBackDoubtful()).toBe(1);
  await receiver.waitForRequests(1);

  const event = await tenant.publish(publish);
  const delivery = await tenant.delivery(event, endpoint.id, "succeeded");
  expect(delivery.attempts).toHaveLength(1);
  expect(receiver.requests).toHaveLength(1);
  expect(await server.server.engine.giveBackDoubtful()).toBe(0);
});

it("sends what a claim leased whose answer was lost", async () => {
  const lossy = loseAnswers(database);
  await using server = await startTestServer({ database: lossy.database });
  const tenant = await storyTenant(server);
  // With a rate limit nothing goes the short way.
  const endpoint = await tenant.endpoint(receiver.url, { rateLimitPerSecond: 1 });

  lossy.lose("lease-from-lanes");
  const event = await tenant.publish();
  while ((await server.server.engine.giveBackDoubtful()) === 0) await new Promise((resolve) => setImmediate(resolve));
  await server.advance(1_000);
  await tenant.delivery(event, endpoint.id, "succeeded");
  expect(receiver.requests).toHaveLength(1);
});

/** The whole process stands, as one that was stopped: no clock but the machine's can tell. */
function standStill(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

it("sends nothing of a commit whose answer it read as late as others may have its leases, until it has them anew", async () => {
  let freezes = false;
  const frozen: TestDatabase = {
    ...database,
    async query<Row extends object>(...[statement, parameters]: Parameters<Database["query"]>) {
      const rows = await database.query<Row>(statement, parameters);
      if (freezes && statement.name === "store-events") standStill(5_100);
      return rows;
    },
  };
  await using server = await startTestServer({ database: frozen });
  const tenant = await storyTenant(server);
  const endpoint = await tenant.endpoint(receiver.url);

  freezes = true;
  const event = await tenant.publish();
  freezes = false;
  expect((await tenant.delivery(event, endpoint.id)).state).toBe("in_flight");
  expect(server.server.engine.stats().held).toBe(0);
  expect(await server.server.engine.giveBackDoubtful()).toBe(1);
  await tenant.delivery(event, endpoint.id, "succeeded");
  expect(receiver.requests).toHaveLength(1);
});
