/** The list of endpoints and its iterators (section 3.5): forwards, backwards, and while endpoints come and go. */
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";

import { startTestServer, type TestServer } from "../../support/start-server.ts";
import { writeReport } from "../report.ts";
import { openWorkspace } from "./open-workspace.ts";
import { clientOf, ENDPOINTS, type VeltClient } from "./workspace-client.ts";

let world: TestServer;
let send: VeltClient;
beforeAll(async () => {
  world = await startTestServer();
});
afterAll(async () => {
  writeReport();
  await world[Symbol.asyncDispose]();
});
beforeEach(async () => {
  send = clientOf(await openWorkspace(world));
});

interface Page {
  readonly ids: readonly string[];
  readonly iterator: string | null;
  readonly prevIterator: string | null;
  readonly done: boolean;
}

async function list(data?: object): Promise<Page> {
  const { status, text, body } = await send({ path: `${ENDPOINTS}/get`, ...(data === undefined ? {} : { data }) });
  expect(status, text).toBe(200);
  const { endpoints, ...rest } = body.result.data;
  expect(Object.keys(rest).toSorted()).toEqual(["done", "iterator", "prevIterator"]);
  return { ids: endpoints.map(({ id }: { id: string }) => id), ...rest };
}

/** The ids of so many new endpoints, newest first. */
async function make(count: number): Promise<string[]> {
  const ids: string[] = [];
  for (let made = 0; made < count; made += 1) {
    const { body } = await send({ path: `${ENDPOINTS}/create`, data: { url: "https://example.com" } });
    ids.unshift(body.result.data.id);
    world.clock.advance(1000);
  }
  return ids;
}

const remove = (endpointId: string | undefined) => send({ path: `${ENDPOINTS}/delete`, data: { endpointId } });

test("an empty list is one page", async () => {
  expect(await list({})).toEqual({ ids: [], iterator: null, prevIterator: null, done: true });
});

test.each([undefined, {}, { limit: 250 }, { iterator: "" }, { iterator: null }, { limit: 5, other: 1 }])(
  "the first page with %j, newest first",
  async (data) => {
    const ids = await make(5);
    expect(await list(data)).toEqual({ ids, iterator: null, prevIterator: null, done: true });
  },
);

test("50 a page where nothing is said", async () => {
  const ids = await make(51);
  const first = await list({});
  expect([first.ids, first.done]).toEqual([ids.slice(0, 50), false]);
  expect((await list({ iterator: first.iterator })).ids).toEqual(ids.slice(50));
});

test("pages are read forwards to the end, and back to the first", async () => {
  const ids = await make(5);
  const first = await list({ limit: 2 });
  expect([first.ids, first.prevIterator, first.done]).toEqual([ids.slice(0, 2), null, false]);
  const second = await list({ limit: 2, iterator: first.iterator });
  expect([second.ids, second.done]).toEqual([ids.slice(2, 4), false]);
  const third = await list({ limit: 2, iterator: second.iterator });
  expect([third.ids, third.iterator, third.done]).toEqual([ids.slice(4), null, true]);

  const back = await list({ limit: 2, iterator: third.prevIterator });
  expect([back.ids, back.done]).toEqual([ids.slice(2, 4), false]);
  expect((await list({ limit: 2, iterator: back.iterator })).ids).toEqual(third.ids);
  const start = await list({ limit: 2, iterator: back.prevIterator });
  expect([start.ids, start.prevIterator, start.done]).toEqual([ids.slice(0, 2), null, false]);
  expect((await list({ limit: 2, iterator: start.iterator })).ids).toEqual(second.ids);
});

test("what is added and deleted between pages moves no page that is read on", async () => {
  const ids = await make(6);
  const first = await list({ limit: 2 });
  await make(3);
  await remove(ids[1]);
  await remove(ids[2]);
  const second = await list({ limit: 2, iterator: first.iterator });
  expect(second.ids).toEqual(ids.slice(3, 5));
  const back = await list({ limit: 1, iterator: second.prevIterator });
  expect(back.ids).toEqual([ids[0]]);
  expect(back.prevIterator).not.toBeNull();
});

test("an iterator whose neighbours are gone leads on", async () => {
  const ids = await make(4);
  const first = await list({ limit: 2 });
  for (const id of ids.slice(0, 2)) await remove(id);
  const second = await list({ limit: 2, iterator: first.iterator });
  const back = await list({ limit: 2, iterator: second.prevIterator });
  expect([back.ids, back.prevIterator, back.done]).toEqual([[], null, false]);
  expect((await list({ limit: 2, iterator: back.iterator })).ids).toEqual(ids.slice(2));
  for (const id of ids.slice(2)) await remove(id);
  const nothing = await list({ limit: 2, iterator: first.iterator });
  expect([nothing.ids, nothing.iterator, nothing.done]).toEqual([[], null, true]);
});
