/** Promise 1: a publish is answered 2xx only after the event and all its deliveries are committed. */
import { afterAll, beforeAll, expect, it } from "vitest";

import { type Receiver, startReceiver } from "../../../devkit/receivers/start-receiver.ts";
import { startTestServer, type TestServer } from "../support/start-server.ts";
import { EVENT_TYPE, type StoryTenant, storyTenant } from "../support/story-tenant.ts";

let server: TestServer;
let tenant: StoryTenant;
let receiver: Receiver;

beforeAll(async () => {
  server = await startTestServer();
  tenant = await storyTenant(server);
  receiver = await startReceiver();
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await receiver[Symbol.asyncDispose]();
});

it("answers with the event's id and the number of its deliveries, which are there at that moment", async () => {
  await tenant.endpoint(receiver.url);
  await tenant.endpoint(receiver.url, { eventTypes: [] });
  const { status, body } = await tenant.tryPublish(`{"type":"${EVENT_TYPE}","data":{"n":1}}`);
  expect(status).toBe(202);
  expect(body).toEqual({ id: expect.stringMatching(/^evt_/), deliveries: 1 });
  expect((await tenant.client.get(`${tenant.path}/events/${body.id}`)).status).toBe(200);
  const list = await tenant.client.get(`${tenant.path}/deliveries?eventId=${body.id}`);
  expect(list.body.data).toHaveLength(1);
});

it("answers a batch for each event, in order", async () => {
  const events = [1, 2, 3].map((n) => ({ type: EVENT_TYPE, data: { n } }));
  const { status, body } = await tenant.client.post(`${tenant.path}/events/batch`, { events });
  expect(status).toBe(202);
  expect(body.events.map(({ deliveries }: { deliveries: number }) => deliveries)).toEqual([1, 1, 1]);
});

it("gives no 2xx, stores nothing and sends nothing when the commit fails", async () => {
  const other = await storyTenant(server);
  const quiet = await startReceiver();
  await other.endpoint(quiet.url);
  await server.database.script(`
    create function refuse_commit() returns trigger language plpgsql as $$ begin raise exception 'refused'; end $$;
    create constraint trigger refuse_commit after insert on events deferrable initially deferred
      for each row execute function refuse_commit();`);
  const bytes = `{"type":"${EVENT_TYPE}","data":{"n":1},"id":"once"}`;
  // Not through the client, which holds every answer to the document: a fault of ours is in no one's contract.
  const publish = (body: string): Promise<Response> =>
    fetch(new URL(`${other.path}/events`, server.server.url), {
      method: "POST",
      headers: { authorization: `Bearer ${server.rootKey}`, "content-type": "application/json" },
      body,
    });
  const answers = await Promise.all([publish(bytes.replace(',"id":"once"', "")), publish(bytes)]);
  await server.database.script("drop trigger refuse_commit on events; drop function refuse_commit()");
  for (const { status } of answers) expect(status).toBeGreaterThanOrEqual(500);
  expect((await other.client.get(`${other.path}/events`)).body.data).toEqual([]);
  expect((await other.client.get(`${other.path}/deliveries`)).body.data).toEqual([]);

  expect((await other.tryPublish(bytes)).status).toBe(202);
  expect(await quiet.waitForRequests(1)).toHaveLength(1);
  await quiet[Symbol.asyncDispose]();
});
