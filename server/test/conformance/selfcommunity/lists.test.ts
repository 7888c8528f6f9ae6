/** Pagination, ordering and search (section 4): every rule, over lists of a known content. */
import { afterAll, beforeAll, expect, test } from "vitest";

import { startTestServer, type TestServer } from "../../support/start-server.ts";
import { writeReport } from "../report.ts";
import { clientOf, type CommunityAnswer, type CommunityClient, ENDPOINTS } from "./community-client.ts";
import { openCommunity } from "./open-community.ts";

const COUNT = 25;

let world: TestServer;
let send: CommunityClient;
let baseUrl: string;
/** Oldest first. */
const ids: number[] = [];
beforeAll(async () => {
  world = await startTestServer();
  const community = await openCommunity(world);
  ({ baseUrl } = community);
  send = clientOf(community);
  for (let index = 0; index < COUNT; index += 1) {
    const body = { target: `https://host-${index}.example.com/Hook`, events: [], is_active: index % 5 !== 0 };
    const { body: created } = await send({ method: "POST", path: ENDPOINTS, body });
    ids.push(created.id);
    world.clock.advance(1000);
  }
  // The oldest is changed last.
  await send({ method: "PATCH", path: `${ENDPOINTS}${ids[0]}/`, body: { description: "changed" } });
});
afterAll(async () => {
  writeReport();
  await world[Symbol.asyncDispose]();
});

const list = async (query: string) => (await send({ method: "GET", path: `${ENDPOINTS}${query}` })).body;
const idsOf = (page: { readonly results: readonly { readonly id: number }[] }) => page.results.map(({ id }) => id);
const newestFirst = () => ids.toReversed();

test("a page has twenty, newest first, with the count of all", async () => {
  const page = await list("");
  expect(page).toMatchObject({ count: COUNT, previous: null, next: `${baseUrl}${ENDPOINTS}?limit=20&offset=20` });
  expect(idsOf(page)).toEqual(newestFirst().slice(0, 20));
});

test("links lead through the whole list and back, and keep every other parameter", async () => {
  const seen: number[] = [];
  let url: string | null = `${ENDPOINTS}?limit=10&ordering=created_at&x=a%20b`;
  let last = url;
  while (url !== null) {
    const { body: page }: CommunityAnswer = await send({ method: "GET", path: url });
    seen.push(...idsOf(page));
    last = url;
    url = page.next;
    if (url !== null) expect(new URL(url).searchParams.get("x")).toBe("a b");
  }
  expect(seen).toEqual(ids);

  const { previous } = (await send({ method: "GET", path: last })).body;
  const { previous: first } = (await send({ method: "GET", path: previous })).body;
  expect(new URL(first).searchParams.has("offset")).toBe(false);
  expect(idsOf((await send({ method: "GET", path: first })).body)).toEqual(ids.slice(0, 10));
});

test("previous leaves offset out when it would be 0 or less", async () => {
  const { previous } = await list("?limit=10&offset=3");
  expect(previous).toBe(`${baseUrl}${ENDPOINTS}?limit=10`);
});

test.each([
  ["?limit=1", 1],
  ["?limit=100", COUNT],
  ["?limit=1000", COUNT],
  ["?limit=0", 20],
  ["?limit=-3", 20],
  ["?limit=x", 20],
  ["?limit=", 20],
  ["?limit=5&offset=x", 5],
  ["?limit=5&offset=-1", 5],
  ["?offset=25", 0],
  ["?offset=10000", 0],
])("%s shows %i", async (query, shown) => {
  const page = await list(query);
  expect(page.results).toHaveLength(shown);
  expect(page.count).toBe(COUNT);
});

test("a limit above a hundred is a hundred", async () => {
  expect((await list("?limit=1000&offset=1")).previous).toBe(`${baseUrl}${ENDPOINTS}?limit=100`);
});

test.each([
  ["created_at", () => ids],
  ["-created_at", newestFirst],
  ["updated_at", () => [...ids.slice(1), ids[0]]],
  ["-updated_at", () => [ids[0], ...newestFirst().slice(0, -1)]],
  // Ties break by id in the same direction.
  ["is_active", () => [...ids.filter((_, index) => index % 5 === 0), ...ids.filter((_, index) => index % 5 !== 0)]],
  [
    "-is_active",
    () => [
      ...newestFirst().filter((id) => ids.indexOf(id) % 5 !== 0),
      ...newestFirst().filter((id) => ids.indexOf(id) % 5 === 0),
    ],
  ],
  ["target", newestFirst],
  ["--created_at", newestFirst],
  ["constructor", newestFirst],
])("ordered by %s", async (ordering, expected) => {
  expect(idsOf(await list(`?limit=100&ordering=${ordering}`))).toEqual(expected());
});

test("search finds a part of the target, whatever its case, newest first", async () => {
  expect(idsOf(await list("search/?target=HOST-1.example"))).toEqual([ids[1]]);
  expect(idsOf(await list("search/?target=host-1&limit=3"))).toEqual(ids.slice(17, 20).toReversed());
  const { next } = await list("search/?target=host-1&limit=3");
  expect(next).toBe(`${baseUrl}${ENDPOINTS}search/?target=host-1&limit=3&offset=3`);
});

test.each(["search/", "search/?target="])("%s matches everything", async (path) => {
  expect(await list(path)).toMatchObject({ count: COUNT });
});

test.each(["%25", "_", "%00", "nowhere", "%ff"])("a search for %s is for that text", async (text) => {
  expect(await list(`search/?target=${text}`)).toEqual({ count: 0, next: null, previous: null, results: [] });
});

test("search knows no ordering but its own", async () => {
  expect(idsOf(await list("search/?limit=100&ordering=created_at"))).toEqual(newestFirst());
});

test("what can be read can be asked for with HEAD", async () => {
  const { status, text } = await send({ method: "HEAD", path: ENDPOINTS });
  expect([status, text]).toEqual([200, ""]);
});
