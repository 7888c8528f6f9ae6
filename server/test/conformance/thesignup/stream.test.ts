/** The event stream (section 8), read as the contract's client reads it. */
import { afterAll, beforeAll, expect, test } from "vitest";

import { startTestServer, type TestServer } from "../../support/start-server.ts";
import { writeReport } from "../report.ts";
import { problem } from "./fixtures.ts";
import { openOrganization, type Organization } from "./open-organization.ts";
import { clientOf, WEBHOOKS } from "./organization-client.ts";
import { readStream } from "./stream-reader.ts";

let world: TestServer;
let organization: Organization;
beforeAll(async () => {
  world = await startTestServer();
  organization = await openOrganization(world);
});
afterAll(async () => {
  writeReport();
  await world[Symbol.asyncDispose]();
});

const DATA = '{"id": "su_1", "n": 12345678901234567890}';
const open = (query = "", token = organization.apiKey) => readStream({ baseUrl: organization.baseUrl, token, query });

test("each event is a frame with the envelope that its deliveries have; only what comes after connecting", async () => {
  await using earlier = await open();
  await organization.publish("signup.created", "{}");
  // Once one stream has it, none that begins after that does; until then, a transaction elsewhere may hold it back.
  await earlier.frames(1);
  await using stream = await open();
  const { headers, status } = stream.response;
  expect([status, headers.get("content-type"), headers.get("cache-control")]).toEqual([
    200,
    "text/event-stream",
    "no-cache",
  ]);
  expect([headers.get("x-ratelimit-limit"), headers.get("x-request-id")]).toEqual(["1000", expect.any(String)]);
  await organization.publish("signup.updated", DATA);
  await organization.publish("slot.filled", '{\r\n "a":\n1 }');
  const frames = await stream.frames(2);
  expect(frames.map(({ event }) => event)).toEqual(["signup.updated", "slot.filled"]);
  const [first, second] = frames;
  const envelope = JSON.parse(first?.data ?? "") as { id: string; created: number; organizationId: string };
  expect(first?.data).toBe(
    `{"id":"${first?.id}","type":"signup.updated","created":${envelope.created},"organizationId":"${envelope.organizationId}","data":${DATA}}`,
  );
  expect(envelope.created).toBe(Math.floor(world.clock.nowMs() / 1000));
  const { body: caller } = await clientOf(organization)({ method: "GET", path: "/api/v1/me" });
  expect(envelope.organizationId).toBe(caller.organization.id);
  expect(second?.data).toContain('"data":{   "a": 1 }}');
});

test("names and patterns filter, percent-encoded; tests and other organisations' events are in no stream", async () => {
  await using some = await open(`?events=${encodeURIComponent("signup.*,slot.filled")}`);
  await using all = await open("?events=");
  const other = await openOrganization(world);
  await other.publish("signup.created", "{}");
  const send = clientOf(organization);
  const { body } = await send({ method: "POST", path: WEBHOOKS, body: { url: "http://127.0.0.1:9" } });
  await send({ method: "POST", path: `${WEBHOOKS}/${body.id}/test` });
  for (const type of ["item.claimed", "signup.canceled", "slot.opened", "slot.filled"]) {
    await organization.publish(type, "{}");
  }
  const eventsOf = (frames: readonly { readonly event: string }[]) => frames.map(({ event }) => event);
  expect(eventsOf(await some.frames(2))).toEqual(["signup.canceled", "slot.filled"]);
  expect(eventsOf(await all.frames(4))).toEqual(["item.claimed", "signup.canceled", "slot.opened", "slot.filled"]);
});

test("what is no name is 422", async () => {
  const answer = await clientOf(organization)({ method: "GET", path: `${WEBHOOKS}/events?events=signup.*,a%20b` });
  expect([answer.status, answer.body]).toEqual([
    422,
    problem(422, "validation_failed", "Validation failed", {
      detail: expect.any(String),
      errors: [{ path: "events.1", message: 'There is no event type "a b".' }],
    }),
  ]);
});

test("a revoked key gets no further event: its stream breaks", async () => {
  const key = await organization.createKey();
  await using stream = await open("", key.token);
  await organization.publish("signup.created", "{}");
  await stream.frames(1);
  await world.client().delete(`${organization.path}/api-keys/${key.id}`);
  await organization.publish("signup.created", "{}");
  expect(await stream.gone).toBe("broken");
  expect((await stream.frames(1)).length).toBe(1);
});

test("a server that stops breaks its streams at once, and ends none", async () => {
  await using stopping = await startTestServer();
  const theirs = await openOrganization(stopping);
  const stream = await readStream({ baseUrl: theirs.baseUrl, token: theirs.apiKey });
  await theirs.publish("signup.created", "{}");
  await stream.frames(1);
  await stopping.server.stop();
  expect(await stream.gone).toBe("broken");
});
