import { afterAll, beforeAll, expect, test } from "vitest";

import { openStream } from "../../../../test/support/stream-reader.ts";
import { startTestServer, type TestServer } from "../../../../test/support/start-server.ts";

let world: TestServer;
let number = 0;
beforeAll(async () => {
  world = await startTestServer();
});
afterAll(() => world[Symbol.asyncDispose]());

/** A tenant of its own, a way to publish to it and one to open its stream. */
async function setup() {
  const root = world.client();
  const tenant = `streamed-${(number += 1)}`;
  await root.post("/v1/tenants", { name: tenant, slug: tenant });
  const path = `/v1/tenants/${tenant}`;
  for (const type of ["invoice.paid", "user.created"]) await root.put(`${path}/event-types/${type}`);
  const publish = async (n: number, type = "invoice.paid"): Promise<string> => {
    const { status, body, text } = await root.post(`${path}/events`, { type, data: { n } });
    expect(status, text).toBe(202);
    return body.id as string;
  };
  const open = (options: { query?: string; lastEventId?: string; token?: string } = {}) =>
    openStream({ baseUrl: world.server.url, tenant, token: world.rootKey, ...options });
  return { root, path, publish, open };
}

const idsOf = (events: readonly { readonly data: string }[]): string[] =>
  events.map(({ data }) => (JSON.parse(data) as { id: string }).id);

test("an event is a frame with its cursor, its type and one line of JSON; the answer says that nobody may keep it", async () => {
  const { publish, open, root, path } = await setup();
  await using earlier = await open();
  await earlier.begun();
  await publish(0);
  // A transaction elsewhere in the database server holds an event back for a while: once one stream has it, none that
  // begins after that does.
  await earlier.events(1);
  await using stream = await open();
  const { headers } = stream;
  expect([
    stream.status,
    headers.get("content-type"),
    headers.get("cache-control"),
    headers.get("x-request-id"),
  ]).toEqual([200, "text/event-stream", "no-store", expect.any(String)]);
  await stream.begun();
  const data = '{\n"big": 12345678901234567890 }';
  const { body } = await root.post(`${path}/events`, undefined, { bytes: `{"type":"invoice.paid","data":${data}}` });
  const [event] = await stream.events(1);
  const createdAt = world.clock.now().toISOString();
  expect(event).toEqual({
    cursor: stream.lastCursor(),
    type: "invoice.paid",
    data: `{"id":"${body.id}","type":"invoice.paid","createdAt":"${createdAt}","data":${data.replace("\n", " ")}}`,
  });
});

test("a reader that comes back with any cursor gets all that was committed after it, and then what comes", async () => {
  const { publish, open } = await setup();
  const ids: string[] = [];
  let begin: string;
  {
    await using stream = await open();
    await stream.begun();
    begin = stream.lastCursor();
  }
  for (let n = 0; n < 5; n += 1) ids.push(await publish(n));
  await using all = await open({ lastEventId: begin });
  const events = await all.events(5);
  expect(idsOf(events)).toEqual(ids);
  await using some = await open({ query: `?cursor=${events[1]?.cursor}` });
  ids.push(await publish(5));
  expect(idsOf(await some.events(4))).toEqual(ids.slice(2));
  expect(idsOf(await all.events(6))).toEqual(ids);
  await using both = await open({ query: `?cursor=${begin}`, lastEventId: events[4]?.cursor ?? "" });
  expect(idsOf(await both.events(1))).toEqual(ids.slice(5));
});

test("more than a page is caught up with whole", async () => {
  const { root, path, open } = await setup();
  await using first = await open();
  await first.begun();
  const ids: string[] = [];
  for (let batch = 0; batch < 12; batch += 1) {
    const events = Array.from({ length: 50 }, (_, n) => ({ type: "invoice.paid", data: { n, pad: "x".repeat(2000) } }));
    const { body } = await root.post(`${path}/events/batch`, { events });
    ids.push(...body.events.map(({ id }: { id: string }) => id));
  }
  const cursor = first.lastCursor();
  await using stream = await open({ query: `?cursor=${(await first.events(1))[0]?.cursor}` });
  expect(idsOf(await stream.events(599))).toEqual(ids.slice(1));
  expect(idsOf(await first.events(600))).toEqual(ids);
  expect(cursor).not.toBe("");
});

test("names and patterns filter, while catching up and live", async () => {
  const { publish, open } = await setup();
  await using before = await open();
  await before.begun();
  await publish(1);
  await publish(2, "user.created");
  await using stream = await open({ query: `?eventTypes=user.*&cursor=${before.lastCursor()}` });
  await stream.begun();
  await publish(3);
  await publish(4, "user.created");
  expect((await stream.events(2)).map(({ type }) => type)).toEqual(["user.created", "user.created"]);
});

test("what is no cursor, is another database's, or is past the retention is told apart", async () => {
  const { root, path, open } = await setup();
  const ask = async (text: string) => {
    const cursor = Buffer.from(text).toString("base64url");
    const { status, body } = await root.get(`${path}/stream?cursor=${cursor}`);
    return [status, body.code, body.errors?.[0].path];
  };
  const now = world.clock.nowMs();
  expect(await ask("nonsense")).toEqual([400, "validation_failed", "/cursor"]);
  expect(await ask(`[9007199254740993,1,${now}]`)).toEqual([400, "validation_failed", "/cursor"]);
  expect(await ask(`[1,1,9999999999999999]`)).toEqual([400, "validation_failed", "/cursor"]);
  expect(await ask(`[9007199254740991,1,${now}]`)).toEqual([400, "validation_failed", "/cursor"]);
  const days = 86_400_000;
  expect(await ask(`[1,1,${now - 30 * days}]`)).toEqual([410, "cursor_expired", undefined]);
  await using kept = await open({ lastEventId: Buffer.from(`[1,1,${now - 29 * days}]`).toString("base64url") });
  expect(kept.status).toBe(200);
  expect((await root.get(`${path}/stream?eventTypes=a%20b`)).status).toBe(400);
});

test("a revoked key gets no further event: its stream breaks; HEAD ends", async () => {
  const { root, path, publish, open } = await setup();
  const { body: key } = await root.post(`${path}/api-keys`, { name: "reader", scopes: ["events:read"] });
  await using stream = await open({ token: key.token });
  await stream.begun();
  await publish(1);
  await stream.events(1);
  await root.delete(`${path}/api-keys/${key.id}`);
  await publish(2);
  expect(await stream.gone).toBe("broken");
  expect((await stream.events(1)).length).toBe(1);
  const head = await fetch(new URL(`${path}/stream`, world.server.url), {
    method: "HEAD",
    headers: { authorization: `Bearer ${world.rootKey}` },
  });
  expect([head.status, head.headers.get("content-type")]).toEqual([200, "text/event-stream"]);
});
