/**
 * Promise 8: a secret's plaintext is in exactly the answers that promise it. Everything that can be secret is given a
 * value to look for; then every answer, every log line and every row of every table is searched for it.
 */
import { Writable } from "node:stream";

import { pino } from "pino";
import { afterAll, beforeAll, expect, it } from "vitest";

import { answer } from "../../../devkit/receivers/misbehaviours.ts";
import { type Receiver, startReceiver } from "../../../devkit/receivers/start-receiver.ts";
import { startTestServer, type TestServer } from "../support/start-server.ts";
import { type StoryEndpoint, type StoryTenant, storyTenant } from "../support/story-tenant.ts";

const PASSWORD = "pass-word-of-the-url";
const HEADER_VALUE = "value-of-an-own-header";

let server: TestServer;
let tenant: StoryTenant;
let receiver: Receiver;
let endpoint: StoryEndpoint;
let rotated: string;
let token: string;
let log = "";

beforeAll(async () => {
  const stream = new Writable({
    write(line: Buffer, _encoding, done) {
      log += line.toString();
      done();
    },
  });
  server = await startTestServer({ log: pino({ level: "trace", base: null }, stream) });
  tenant = await storyTenant(server);
  receiver = await startReceiver({ react: answer(500, { "set-cookie": "session=cookie-of-the-receiver" }) });
  const url = receiver.url.replace("http://", `http://user:${PASSWORD}@`);
  endpoint = await tenant.endpoint(url, { headers: { "x-own": HEADER_VALUE }, retryWaits: [] });
  const event = await tenant.publish();
  await tenant.delivery(event, endpoint.id, "exhausted");
  rotated = (await tenant.post(`${endpoint.path}/secrets/rotate`)).secret;
  token = (await tenant.post("api-keys", { name: "Publisher", scopes: ["events:publish"] })).token;
  await server.client(token).post(`${tenant.path}/events`, { type: "invoice.paid", data: {} });
  await tenant.post(`${endpoint.path}/test`);
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await receiver[Symbol.asyncDispose]();
});

const secrets = (): Record<string, string> => ({
  first: endpoint.secret,
  "first, without its prefix": endpoint.secret.slice("whsec_".length),
  rotated,
  "rotated, as bytes in hexadecimal": Buffer.from(rotated.slice("whsec_".length), "base64").toString("hex"),
  password: PASSWORD,
  "as credentials": Buffer.from(`user:${PASSWORD}`).toString("base64"),
  "header value": HEADER_VALUE,
  "API key": token,
  "root key": server.rootKey,
  cookie: "cookie-of-the-receiver",
});

function expectNone(text: string, where: string): void {
  for (const [name, value] of Object.entries(secrets())) {
    if (text.includes(value)) throw new Error(`${where} shows the ${name}`);
  }
}

it("reaches the receiver, so that there was something to show", () => {
  const [request] = receiver.requests;
  expect(request?.headers["x-own"]).toBe(HEADER_VALUE);
  expect(request?.headers["authorization"]).toBe(`Basic ${Buffer.from(`user:${PASSWORD}`).toString("base64")}`);
});

it("is different at every create and rotate", async () => {
  const other = await tenant.endpoint(receiver.url, { eventTypes: [] });
  expect(new Set([endpoint.secret, rotated, other.secret]).size).toBe(3);
});

it("is in no other answer: lists, single things, deliveries and their attempts, secrets, keys", async () => {
  const paths = ["", "/endpoints", "/events", "/deliveries", "/api-keys", "/event-types", "/audit"];
  for (const path of paths) expectNone((await tenant.client.get(`${tenant.path}${path}`)).text, path);
  for (const path of [endpoint.path, `${endpoint.path}/secrets`])
    expectNone((await tenant.client.get(path)).text, path);
  const { data } = (await tenant.client.get(`${tenant.path}/deliveries`)).body;
  expect(data.length).toBeGreaterThanOrEqual(3);
  for (const { id } of data) {
    const path = `${tenant.path}/deliveries/${id}`;
    expectNone((await tenant.client.get(path)).text, path);
  }
  for (const act of ["pause", "resume", "test"]) {
    expectNone((await tenant.client.post(`${endpoint.path}/${act}`, {})).text, act);
  }
  expectNone((await tenant.client.patch(endpoint.path, { description: "changed" })).text, "patch");
});

it("is in no refusal, whatever was sent", async () => {
  const sent = { url: `http://user:${PASSWORD}@`, headers: { "x-own": `${HEADER_VALUE}\n` }, secret: "whsec_c2hvcnQ=" };
  const answers = [
    await tenant.client.post(`${tenant.path}/endpoints`, sent),
    await tenant.client.patch(endpoint.path, { headers: { host: HEADER_VALUE } }),
    await tenant.client.post(`${endpoint.path}/secrets/rotate`, { secret: rotated.slice(0, 20) }),
    await server.client(`${token}x`).get(`${tenant.path}/events`),
  ];
  for (const { status, text } of answers) {
    expect(status).toBeGreaterThanOrEqual(400);
    expectNone(text, "a refusal");
    expect(text).not.toContain("c2hvcnQ=");
  }
});

it("stands in no table as it is", async () => {
  const tables = await server.database.query<{ name: string }>(
    {
      name: "test-tables",
      text: "select table_name as name from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE'",
    },
    [],
  );
  expect(tables.length).toBeGreaterThan(10);
  for (const { name } of tables) {
    const rows = await server.database.query<{ row: string }>(
      { name: `test-all-of-${name}`, text: `select t::text as row from "${name}" t` },
      [],
    );
    for (const { row } of rows) {
      expectNone(row, name);
      // Bytes are shown in hexadecimal.
      for (const [what, value] of Object.entries(secrets())) {
        if (row.includes(Buffer.from(value).toString("hex"))) throw new Error(`${name} holds the ${what}`);
      }
    }
  }
});

it("is in no line of the log, at its most talkative", () => {
  expect(log).toContain(endpoint.id);
  expectNone(log, "the log");
});
