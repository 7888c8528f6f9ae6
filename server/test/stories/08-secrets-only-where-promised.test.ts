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
const BROUGHT_BYTES = Buffer.from("secret-that-the-owner-brought-in");
const BROUGHT = `whsec_${BROUGHT_BYTES.toString("base64")}`;

let server: TestServer;
let tenant: StoryTenant;
let receiver: Receiver;
let endpoint: StoryEndpoint;
let rotated: string;
let staged: string;
let token: string;
let log = "";

beforeAll(async () => {
  const stream = new Writable({
    write(line: Buffer, _encoding, done) {
      log += line.toString();
      done();
    },
  });
  server = await startTestServer({
    log: pino({ level: "trace", base: null }, stream),
    config: { monitoring: { host: "127.0.0.1", port: 0 } },
  });
  tenant = await storyTenant(server);
  receiver = await startReceiver({ react: answer(500, { "set-cookie": "session=cookie-of-the-receiver" }) });
  const url = receiver.url.replace("http://", `http://user:${PASSWORD}@`);
  endpoint = await tenant.endpoint(url, { headers: { "x-own": HEADER_VALUE }, retryWaits: [] });
  const event = await tenant.publish();
  await tenant.delivery(event, endpoint.id, "exhausted");
  rotated = (await tenant.post(`${endpoint.path}/secrets/rotate`)).secret;
  staged = (await tenant.post(`${endpoint.path}/secrets/stage`)).secret;
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
  staged,
  brought: BROUGHT,
  "brought, as bytes": BROUGHT_BYTES.toString("hex"),
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

it("is in the answers that promise it: create, also when it is repeated, rotate, stage and reveal", async () => {
  const idempotencyKey = "create-once";
  const body = { url: receiver.url, eventTypes: [], secret: BROUGHT };
  const created = await tenant.client.post(`${tenant.path}/endpoints`, body, { idempotencyKey });
  const repeated = await tenant.client.post(`${tenant.path}/endpoints`, body, { idempotencyKey });
  expect(created.body.secret).toBe(BROUGHT);
  expect([repeated.headers.get("idempotent-replayed"), repeated.text]).toEqual(["true", created.text]);
  for (const secret of [endpoint.secret, rotated, staged]) expect(secret).toMatch(/^whsec_/);
  const shown = await tenant.client.post(`${endpoint.path}/secrets/reveal`, { reason: "story" });
  expect(shown.body.secret).toBe(rotated);
});

it("is different at every create and rotate", async () => {
  const other = await tenant.endpoint(receiver.url, { eventTypes: [] });
  expect(new Set([endpoint.secret, rotated, staged, other.secret]).size).toBe(4);
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

it("is in no fault either, though the database tells the row that it refused", async () => {
  const refuse = (table: string) => `alter table ${table} add constraint refused check (false) not valid`;
  const accept = (table: string) => `alter table ${table} drop constraint refused`;
  const body = "body-of-an-event-that-a-fault-must-not-show";
  const before = log.length;
  await server.database.script(`${refuse("endpoints")}; ${refuse("events")}; ${refuse("secret_versions")}`);
  const url = `${receiver.url.replace("http://", `http://user:${PASSWORD}@`)}?token=query-of-the-url`;
  // Not by the client of the tests, which takes no fault of ours for an answer.
  const ask = async (method: string, path: string, sent: object) => {
    const headers = { authorization: `Bearer ${server.rootKey}`, "content-type": "application/json" };
    const response = await fetch(new URL(path, server.server.url), { method, headers, body: JSON.stringify(sent) });
    return { status: response.status, text: await response.text() };
  };
  const answers = [
    await ask("POST", `${tenant.path}/endpoints`, { url, headers: { "x-own": HEADER_VALUE }, secret: BROUGHT }),
    await ask("PATCH", endpoint.path, { url }),
    await ask("POST", `${endpoint.path}/secrets/rotate`, { secret: BROUGHT, onConflict: "expire_old" }),
    await ask("POST", `${tenant.path}/events`, { type: "invoice.paid", data: body }),
  ];
  await server.database.script(`${accept("endpoints")}; ${accept("events")}; ${accept("secret_versions")}`);
  const told = log.slice(before);
  expect(told).toContain("answering a request");
  for (const { status, text } of answers) {
    expect(status).toBe(500);
    expectNone(text, "the answer to a fault");
  }
  for (const [what, value] of Object.entries({ ...secrets(), body, query: "query-of-the-url" })) {
    const shapes = [value, Buffer.from(value).toString("hex"), Buffer.from(value).toString("base64")];
    if (shapes.some((shape) => told.includes(shape))) throw new Error(`the log of a fault shows the ${what}`);
  }
});

it("is in no metric", async () => {
  const metrics = await fetch(new URL("/metrics", server.server.monitoringUrl ?? ""));
  expectNone(await metrics.text(), "a metric");
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
