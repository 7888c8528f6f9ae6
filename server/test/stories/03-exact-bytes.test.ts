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
  ["as many bytes as an event may have", `"${"x".repeat(MAX_DATA_BYTES - 2)}"`],
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

it("refuses one byte more than an event may have, and sends nothing of it", async () => {
  const { status, body } = await tenant.tryPublish(
    `{"type":"${EVENT_TYPE}","data":"${"x".repeat(MAX_DATA_BYTES - 1)}"}`,
  );
  expect(status).toBe(413);
  expect(body.code).toBe("data_too_large");
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
