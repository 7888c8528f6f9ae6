/** `posthorn trace`: one event's way, read from the database and asked of a server. */
import { afterAll, beforeAll, expect, it } from "vitest";

import { answer, holdUntil } from "../../devkit/receivers/misbehaviours.ts";
import { answerOk, type Receiver, startReceiver } from "../../devkit/receivers/start-receiver.ts";
import { describeTimeline } from "../src/commands/trace/describe-timeline.ts";
import { runTrace } from "../src/commands/trace/run-trace.ts";
import { traceFromDatabase } from "../src/commands/trace/trace-from-database.ts";
import { traceFromServer } from "../src/commands/trace/trace-from-server.ts";
import type { TracedEvent } from "../src/commands/trace/traced-event.ts";
import { fromNumberId } from "../src/core/ids/public-id.ts";
import { openTestDatabase, type TestDatabase } from "./support/database.ts";
import { startTestServer, type TestServer } from "./support/start-server.ts";
import { type StoryTenant, storyTenant } from "./support/story-tenant.ts";

const RETRY_S = 60;

let database: TestDatabase;
let server: TestServer;
let tenant: StoryTenant;
let good: Receiver;
let bad: Receiver;
beforeAll(async () => {
  database = await openTestDatabase();
  server = await startTestServer({ database });
  tenant = await storyTenant(server);
  good = await startReceiver();
  bad = await startReceiver();
});
afterAll(async () => {
  for (const one of [good, bad, server, database]) await one[Symbol.asyncDispose]();
});

async function trace(id: string): Promise<{ fromDatabase: TracedEvent; fromServer: TracedEvent }> {
  const fromDatabase = await traceFromDatabase(database, fromNumberId("evt", id) ?? 0, server.clock);
  const { url } = server.server;
  const fromServer = await traceFromServer({ url, key: server.rootKey, tenant: tenant.slug }, id);
  if (fromDatabase === null || fromServer === null) throw new Error("there is no such event");
  return { fromDatabase, fromServer };
}

it("tells of every delivery from the publish to its end, each attempt with phases and decision", async () => {
  bad.react(answer(500));
  const first = await tenant.endpoint(good.url);
  const second = await tenant.endpoint(bad.url, { retryWaits: [RETRY_S] });
  const event = await tenant.publish({ data: '{"n":12}' });
  await tenant.delivery(event, first.id, "succeeded");
  await tenant.delivery(event, second.id, "pending");

  const { fromDatabase, fromServer } = await trace(event);
  expect(describeTimeline(fromServer)).toBe(describeTimeline(fromDatabase));

  const text = describeTimeline(fromDatabase);
  expect(text).toContain(
    `${event}  invoice.paid  (publish)\npublished ${fromDatabase.createdAt.toISOString()}, 8 bytes`,
  );
  expect(text).toContain(`to ${first.id}`);
  expect(text).toMatch(/\+0\.000 s {2}stored {6}Stored with the event, /);
  expect(text).toMatch(/attempt 1 {3}The receiver accepted with 200 after \d+ ms\.\n/);
  expect(text).toMatch(
    /waited [\d.]+ ms, (DNS [\d.]+ ms, )?connect [\d.]+ ms, first byte [\d.]+ ms, total [\d.]+ ms, \d+ bytes, to 127\.0\.0\.1/,
  );
  expect(text).toMatch(/signed by version 1\n/);
  expect(text).toMatch(/ended {7}Succeeded after 1 try in run 1\.\n/);
  expect(text).toMatch(/attempt 1 {3}Failed by its answer \(http_server_error, status 500\) after \d+ ms\.\n/);
  expect(text).toMatch(
    /cause {5}The receiver failed with a 5xx status\.\n +to do {5}Look into the receiver's own logs/,
  );
  expect(text).toMatch(/decided {5}retry: .* Due again 20/);
  expect(text).toMatch(/now {9}It waits until it is due\.\n +\+\d+\.\d{3} s {2}due {9}The next try/);

  bad.react(answerOk);
  await server.advance(2 * RETRY_S * 1_000);
  await tenant.delivery(event, second.id, "succeeded");
  const ended = describeTimeline((await trace(event)).fromDatabase);
  expect(ended).toMatch(/attempt 2 {3}The receiver accepted with 200 after/);
  expect(ended).toMatch(/late {8}Sent \d+ s after it was due/);
  expect(ended).toMatch(/ended {7}Succeeded after 2 tries in run 1\.\n/);
  for (const { path } of [first, second]) await tenant.client.delete(path);
});

it("says what an unfinished delivery waits for, and which node has it", async () => {
  const paused = await tenant.endpoint(good.url);
  await tenant.post(`${paused.path}/pause`);
  const waiting = await tenant.publish();
  expect(describeTimeline((await trace(waiting)).fromDatabase)).toMatch(
    /now +It waits: the endpoint is paused since 20/,
  );
  await tenant.client.delete(paused.path);

  const released = Promise.withResolvers<void>();
  bad.react(holdUntil(released.promise, answerOk));
  const slow = await tenant.endpoint(bad.url);
  const held = await tenant.publish();
  await bad.waitForRequests(3);
  const text = describeTimeline((await trace(held)).fromDatabase);
  expect(text).toMatch(
    new RegExp(
      `now +It is on its way now\\.\\n +leased to node \\d+ \\(.+, pid ${process.pid}\\), heard of \\d+\\.\\d s ago\\n`,
    ),
  );
  released.resolve();
  await tenant.delivery(held, slow.id, "succeeded");
  await tenant.client.delete(slow.path);
});

it("shows a resend as another run", async () => {
  const endpoint = await tenant.endpoint(good.url);
  const event = await tenant.publish();
  const { id } = await tenant.delivery(event, endpoint.id, "succeeded");
  const requests = good.requests.length;
  await tenant.post(`deliveries/${id}/resend`);
  await good.waitForRequests(requests + 1);
  await server.until(async () => ((await tenant.delivery(event, endpoint.id, "succeeded")).run === 2 ? true : null));
  expect(describeTimeline((await trace(event)).fromDatabase)).toMatch(
    /run {9}Resent: run 2 begins.*\n(.*\n){3}.*ended +Succeeded after 1 try in run 2\./,
  );
});

it("finds no event that is not there, and says so", async () => {
  expect(await traceFromDatabase(database, 5, server.clock)).toBeNull();
  const { url } = server.server;
  const at = { url, key: server.rootKey, tenant: tenant.slug };
  expect(await traceFromServer(at, "evt_00000000005")).toBeNull();
  await expect(traceFromServer({ ...at, key: "root-of-another-server" }, "evt_00000000005")).rejects.toThrow(
    "The server refused",
  );
});

it.each([[[]], [["dlv_00000000001"]], [["evt_1"]], [["evt_00000000001", "evt_00000000002"]]])(
  "posthorn trace %j is refused before anything is opened",
  async (args) => {
    await expect(runTrace(args)).rejects.toThrow("Expected posthorn trace evt_…");
  },
);
