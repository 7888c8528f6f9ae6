/**
 * Promise 3: the published bytes of `data` are sent as they came. Each body goes over the whole way, into real
 * receivers, wrapped and alone, and is verified there by two libraries that are not ours.
 */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

import { Webhook as StandardWebhook } from "standardwebhooks";
import { Webhook as SvixWebhook } from "svix";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { answer } from "../../../devkit/receivers/misbehaviours.ts";
import {
  answerOk,
  type ReceivedRequest,
  type Receiver,
  startReceiver,
} from "../../../devkit/receivers/start-receiver.ts";
import { startTestServer, type TestServer } from "../support/start-server.ts";
import { EVENT_TYPE, type StoryEndpoint, type StoryTenant, storyTenant } from "../support/story-tenant.ts";

/** Sample bodies of the systems whose contracts Posthorn speaks, byte for byte. */
const SAMPLES = fileURLToPath(new URL("../fixtures/bodies/", import.meta.url));
const samples = readdirSync(SAMPLES).map((name): [string, string] => [
  path.basename(name, ".body"),
  readFileSync(path.join(SAMPLES, name), "utf8"),
]);

const MAX_DATA_BYTES = 262_144;
const MAX_DEPTH = 100;
const hard: [string, string][] = [
  [
    "numbers that no double holds",
    '{"id":9007199254740993,"price":12345678901234567890.123456789,"tiny":1e-400,"big":1E+999}',
  ],
  ["numbers written in several ways", "[1.0,1.00,10e-1,-0,0.1e1]"],
  ["odd spacing and key order", '{ "z" :1,\n\t"a":  [ ] ,"m": {\r\n} }'],
  ["keys that look like numbers", '{"10":"a","2":"b","1":"c"}'],
  ["a prototype as a key", '{"__proto__":{"x":1},"constructor":null}'],
  ["escaped characters", '"\\u00e9\\u0000\\/\\ud83d\\ude00\\u2028"'],
  ["raw characters", '"é/😀\u2028\u007f"'],
  ["an empty object", "{}"],
  ["an empty array", "[]"],
  ["a string", '"text"'],
  ["an empty string", '""'],
  ["null", "null"],
  ["a bare number", "-0.0"],
  ["a body that looks like an envelope", '{"type":"x","timestamp":"y","data":{"data":1}}'],
  ["as deep as data may be", "[".repeat(MAX_DEPTH) + "]".repeat(MAX_DEPTH)],
  ["as many bytes as an event may have", `"${"x".repeat(MAX_DATA_BYTES - 2)}"`],
  ["as many bytes as an event may have, in half as many characters", `"${"é".repeat(MAX_DATA_BYTES / 2 - 1)}"`],
];

let server: TestServer;
let tenant: StoryTenant;
let wrapped: Receiver;
let alone: Receiver;
let wrappedEndpoint: StoryEndpoint;
let aloneEndpoint: StoryEndpoint;

beforeAll(async () => {
  server = await startTestServer();
  tenant = await storyTenant(server);
  wrapped = await startReceiver();
  alone = await startReceiver();
  wrappedEndpoint = await tenant.endpoint(wrapped.url);
  aloneEndpoint = await tenant.endpoint(alone.url, { envelope: "none" });
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await wrapped[Symbol.asyncDispose]();
  await alone[Symbol.asyncDispose]();
});

const next = async (receiver: Receiver): Promise<ReceivedRequest> => {
  const requests = await receiver.waitForRequests(receiver.requests.length + 1);
  const last = requests.at(-1);
  if (last === undefined) throw new Error("nothing came");
  return last;
};

function verify(request: ReceivedRequest, { secret }: StoryEndpoint): void {
  for (const Webhook of [StandardWebhook, SvixWebhook]) {
    new Webhook(secret).verify(request.body.toString(), request.headers);
    expect(() => new Webhook(secret).verify(`${request.body.toString()} `, request.headers)).toThrow();
  }
}

describe.each([...samples, ...hard])("%s", (_name, data) => {
  it("arrives byte for byte, and both libraries verify it", async () => {
    const arrivals = Promise.all([next(wrapped), next(alone)]);
    const event = await tenant.publish({ bytes: `{"type":"${EVENT_TYPE}","data": ${data}\n}` });
    const [inEnvelope, bare] = await arrivals;

    expect(bare.body.equals(Buffer.from(data))).toBe(true);
    const { createdAt } = (await tenant.client.get(`${tenant.path}/events/${event}`)).body;
    const expected = `{"type":"${EVENT_TYPE}","timestamp":"${createdAt}","data":${data}}`;
    expect(inEnvelope.body.equals(Buffer.from(expected))).toBe(true);
    expect(inEnvelope.headers["content-length"]).toBe(String(Buffer.byteLength(expected)));
    expect(inEnvelope.headers["webhook-id"]).toBe(event);
    verify(inEnvelope, wrappedEndpoint);
    verify(bare, aloneEndpoint);

    const { attempts } = await tenant.delivery(event, aloneEndpoint.id, "succeeded");
    expect(attempts[0].request).toMatchObject({
      bytes: Buffer.byteLength(data),
      sha256: createHash("sha256").update(data).digest("hex"),
    });
  });
});

it("all of them arrive byte for byte when they are published in one request", async () => {
  const small = [...samples, ...hard].filter(([, data]) => Buffer.byteLength(data) < MAX_DATA_BYTES / 16);
  // Two levels of the batch around each event take two of the levels there are.
  const bodies = small.map(([, data]) => data).filter((data) => !data.startsWith("[["));
  const before = alone.requests.length;
  const events = bodies.map((data) => `{ "data" : ${data} , "type":"${EVENT_TYPE}" }`);
  const { status, body } = await tenant.client.post(`${tenant.path}/events/batch`, undefined, {
    bytes: `{"events":[\n${events.join(",\t")}\n]}`,
  });
  expect(status).toBe(202);
  const arrived = (await alone.waitForRequests(before + bodies.length)).slice(before);
  const byId = new Map(arrived.map((request) => [request.headers["webhook-id"], request]));
  for (const [index, { id }] of body.events.entries()) {
    const request = byId.get(id);
    if (request === undefined) throw new Error(`${id} did not arrive`);
    expect(request.body.toString()).toBe(bodies[index]);
    verify(request, aloneEndpoint);
  }
});

it.each([
  ["alone", "/events", (event: string) => event, "/data"],
  [
    "among others",
    "/events/batch",
    (event: string) => `{"events":[{"type":"${EVENT_TYPE}","data":1},${event}]}`,
    "/events/1/data",
  ],
])("refuses one byte more than an event may have, %s, and sends nothing of it", async (_where, below, around, at) => {
  const before = alone.requests.length;
  const bytes = around(`{"type":"${EVENT_TYPE}","data":"${"x".repeat(MAX_DATA_BYTES - 1)}"}`);
  const { status, body } = await tenant.client.post(`${tenant.path}${below}`, undefined, { bytes });
  expect(status).toBe(413);
  expect(body).toMatchObject({ code: "data_too_large", errors: [{ path: at, code: "data_too_large" }] });
  const after = await tenant.publish();
  const [request] = (await alone.waitForRequests(before + 1)).slice(before);
  expect(request?.headers["webhook-id"]).toBe(after);
});

it("takes and refuses the same depth of data in a batch as alone", async () => {
  const publish = (levels: number) => {
    const event = `{"type":"${EVENT_TYPE}","data":${"[".repeat(levels)}${"]".repeat(levels)}}`;
    return tenant.client.post(`${tenant.path}/events/batch`, undefined, { bytes: `{"events":[${event}]}` });
  };
  expect((await publish(MAX_DEPTH)).status).toBe(202);
  const refused = await publish(MAX_DEPTH + 1);
  expect(refused.status).toBe(400);
  expect(refused.body.errors).toMatchObject([
    { path: expect.stringMatching(/^\/events\/0\/data/), code: "nested_too_deeply" },
  ]);
});

it.each([
  ["one level more than data may have", "[".repeat(MAX_DEPTH + 1) + "]".repeat(MAX_DEPTH + 1), "nested_too_deeply"],
  ["two members of one name", '{"a":1,"\\u0061":2}', "duplicate_member"],
  ["half a document", '{"a":', "malformed_json"],
])("refuses %s, and says where", async (_what, data, code) => {
  const { status, body } = await tenant.tryPublish(`{"type":"${EVENT_TYPE}","data":${data}}`);
  expect(status).toBe(400);
  expect(body.errors).toMatchObject([{ path: expect.stringMatching(/^\/data/), code }]);
});

it("sends the same bytes at every try, under another time and signature", async () => {
  const receiver = await startReceiver({ react: answer(503) });
  const endpoint = await tenant.endpoint(receiver.url, { eventTypes: [EVENT_TYPE], retryWaits: [5] });
  const event = await tenant.publish({ data: '{ "n":1.0 }' });
  await tenant.delivery(event, endpoint.id, "pending");
  receiver.react(answerOk);
  await server.advance(10_000);
  await tenant.delivery(event, endpoint.id, "succeeded");
  const [first, second] = receiver.requests;
  expect(second?.body).toEqual(first?.body);
  expect(second?.headers["webhook-id"]).toBe(first?.headers["webhook-id"]);
  expect(second?.headers["webhook-signature"]).not.toBe(first?.headers["webhook-signature"]);
  await receiver[Symbol.asyncDispose]();
});
