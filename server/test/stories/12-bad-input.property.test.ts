/**
 * Whatever is sent, the answer is a success or a problem with a stable code and the path of the mistake, never a fault
 * of ours, and a refusal leaves nothing behind. The client holds every answer against the OpenAPI document besides.
 */
import { once } from "node:events";
import { connect } from "node:net";
import { Writable } from "node:stream";

import fc from "fast-check";
import { pino } from "pino";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "vitest";

import { type DnsServer, startDnsServer } from "../../../devkit/receivers/start-dns-server.ts";
import { type Receiver, startReceiver } from "../../../devkit/receivers/start-receiver.ts";
import type { ApiAnswer } from "../support/api-client.ts";
import { startTestServer, type TestServer } from "../support/start-server.ts";
import { EVENT_TYPE, type StoryEndpoint, type StoryTenant, storyTenant } from "../support/story-tenant.ts";

/** As stable as the documents say: a code that is not here is a new promise. */
const CODES = [
  ...["malformed_json", "validation_failed", "payload_too_large", "data_too_large", "unsupported_media_type"],
  ...["event_type_unknown", "event_id_reused", "idempotency_key_reused", "not_found", "method_not_allowed"],
  ...["already_exists", "endpoint_disabled", "rotation_in_progress", "wrong_state", "unauthenticated"],
];

const ALL = { name: "all", sql: "true" };
const ACTIVE = { name: "active", sql: "state = 'active'" };
const STANDING = { name: "standing", sql: "deleted_at is null" };
const WITHOUT_SECRET = {
  name: "without-secret",
  sql: "not exists (select 1 from secret_versions s where s.endpoint_id = endpoints.id and s.state = 'active')",
};

let server: TestServer;
let dns: DnsServer;
let tenant: StoryTenant;
let receiver: Receiver;
/** What the server logged as its own fault. */
const faults: string[] = [];

beforeAll(async () => {
  const stream = new Writable({
    write(line: Buffer, _encoding, done) {
      faults.push(line.toString());
      done();
    },
  });
  dns = await startDnsServer();
  server = await startTestServer({
    log: pino({ level: "error" }, stream),
    overrides: { nameServers: [dns.address] },
  });
  receiver = await startReceiver();
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await receiver[Symbol.asyncDispose]();
  await dns[Symbol.asyncDispose]();
});
beforeEach(async () => {
  tenant = await storyTenant(server);
});
afterEach(() => expect(faults).toEqual([]));

/** Texts and numbers that are at home in no column, no URL and no double. */
const odd = fc.oneof(
  fc.constantFrom(
    ...[
      "",
      " ",
      "\0",
      "\ud800",
      "\u{1f600}",
      "__proto__",
      "*",
      "***",
      "a..b",
      "invoice.*",
      EVENT_TYPE,
      "é".repeat(129),
    ],
    ...["x".repeat(3_000), "127.0.0.1", "http://", "http://[", "http://a.test:99999/", "ftp://a.test/", "//a.test"],
    ...[
      "http://user:pa%ss@a.test/",
      "javascript:1",
      "http://a.test/\r\nx-y: z",
      "whsec_",
      "whsec_!!",
      "evt_0",
      "ten_1",
    ],
  ),
  fc.constantFrom(-1, 0, -0, 1.5, 2 ** 31, 2 ** 53 + 2, 1e308, 5e-324, true, false, null),
  fc.string({ unit: "binary" }),
  fc.webUrl(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
);
const value = fc.oneof(
  { weight: 4, arbitrary: odd },
  { weight: 1, arbitrary: fc.array(odd, { maxLength: 12 }) },
  { weight: 1, arbitrary: fc.dictionary(fc.oneof(fc.string(), fc.constantFrom("x-a", "host", "Content-Type")), odd) },
  { weight: 1, arbitrary: fc.jsonValue() },
);

/** These members, most of them; at most two of them are odd, and now and then there is one that does not belong. */
function bodyOf(
  required: Readonly<Record<string, unknown>>,
  optional: Readonly<Record<string, unknown>> = {},
): fc.Arbitrary<Record<string, unknown>> {
  const whole = fc.subarray(Object.entries(optional)).map((some) => ({ ...required, ...Object.fromEntries(some) }));
  const names = [...Object.keys(required), ...Object.keys(optional)];
  const wrong = fc.oneof(
    { weight: 3, arbitrary: fc.constant({}) },
    { weight: 3, arbitrary: fc.dictionary(fc.constantFrom(...names), value, { maxKeys: 2 }) },
    { weight: 1, arbitrary: fc.dictionary(fc.string(), value, { maxKeys: 2 }) },
  );
  const without = fc.oneof(
    { weight: 9, arbitrary: fc.constant("") },
    { weight: 1, arbitrary: fc.constantFrom(...names) },
  );
  return fc.tuple(whole, wrong, without).map(([good, bad, missing]) => {
    const body = Object.entries({ ...good, ...bad });
    return Object.fromEntries(body.filter(([name]) => name !== missing));
  });
}

/** The text, with bytes taken out, put in or doubled somewhere. */
function damaged(text: fc.Arbitrary<string>): fc.Arbitrary<Uint8Array<ArrayBuffer>> {
  const damage = fc.record({
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    cut: fc.nat(4),
    put: fc.oneof(
      fc.uint8Array({ maxLength: 4 }),
      fc.constantFrom(...'{}[]",:\\\0'.split("")).map((c) => Buffer.from(c)),
    ),
  });
  return fc.tuple(text, fc.oneof(fc.constant([]), fc.array(damage, { maxLength: 3 }))).map(([whole, damages]) => {
    let bytes = Buffer.from(whole);
    for (const { at, cut, put } of damages) {
      const place = Math.floor(at * bytes.byteLength);
      bytes = Buffer.concat([bytes.subarray(0, place), put, bytes.subarray(place + cut)]);
    }
    return new Uint8Array(bytes);
  });
}

const event = bodyOf({ type: EVENT_TYPE, data: { n: 1 } }, { channels: ["a"], id: "once" });
const endpointSettings = {
  description: "d",
  eventTypes: [EVENT_TYPE],
  channels: ["a"],
  profile: "standard",
  envelope: "none",
  headers: { "x-a": "b" },
  rateLimitPerSecond: 1,
  maxInFlight: 1,
  timeoutMs: 1_000,
  retryWaits: [1],
  verifyTls: true,
  metadata: { a: 1 },
};
const newEndpoint = bodyOf({ url: "http://receiver.test/" }, { ...endpointSettings, profile: "standard" });
const changedEndpoint = bodyOf({}, { ...endpointSettings, url: "http://moved.test/" });

/** Holds what everything here is about; `sent` is undefined where it is no JSON. */
function expectWellAnswered({ status, body, text, headers }: ApiAnswer, sent?: unknown): boolean {
  if (status >= 200 && status < 300) return true;
  expect(status, text).toBeGreaterThanOrEqual(400);
  expect(status, text).toBeLessThan(500);
  expect(headers.get("content-type")).toBe("application/problem+json");
  expect(CODES, text).toContain(body.code);
  expect(body).toMatchObject({ status, type: `urn:posthorn:problem:${body.code}`, title: expect.any(String) });
  expect(body.requestId).toBe(headers.get("x-request-id"));
  for (const problem of body.errors ?? []) {
    expect(problem.code).toMatch(/^[a-z0-9_]+$/);
    expect(problem.message).toMatch(/\S/);
    if (sent !== undefined) expectInside(sent, problem.path);
  }
  if (body.code === "validation_failed") expect(body.errors.length).toBeGreaterThan(0);
  return false;
}

/** The path leads to a member of what was sent, or to one that is missing in an object or array that was. */
function expectInside(sent: unknown, pointer: string): void {
  expect(pointer).toMatch(/^(?:\/|$)/);
  const steps = pointer.split("/").slice(1);
  let at = sent;
  for (const [index, step] of steps.entries()) {
    expect(typeof at === "object" && at !== null, `${pointer} leads nowhere after ${index} steps`).toBe(true);
    const name = step.replaceAll("~1", "/").replaceAll("~0", "~");
    at = Object.getOwnPropertyDescriptor(at, name)?.value;
    if (index < steps.length - 1) expect(at, pointer).not.toBeUndefined();
  }
}

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch {
    return undefined;
  }
}

/** `where` is said by its name too: a statement's name belongs to one text. */
async function count(table: string, where: { readonly name: string; readonly sql: string } = ALL): Promise<number> {
  const text = `select count(*)::integer as n from ${table} where ${where.sql}`;
  const [row] = await server.database.query<{ n: number }>({ name: `test-count-${table}-${where.name}`, text }, []);
  return row?.n ?? 0;
}

it("publishes whole events or nothing, one and many", async () => {
  await tenant.endpoint(receiver.url);
  const before = { events: await count("events"), deliveries: (await count("queue")) + (await count("deliveries")) };
  let events = 0;
  let deliveries = 0;
  const one = event.map((body) => JSON.stringify(body));
  const many = fc.array(event, { maxLength: 4 }).map((list) => JSON.stringify({ events: list }));
  const publish = async (path: string, bytes: Uint8Array<ArrayBuffer>): Promise<void> => {
    const answer = await tenant.client.post(`${tenant.path}${path}`, undefined, { bytes });
    const sent = parse(bytes);
    if (!expectWellAnswered(answer, sent)) return;
    expect(answer.status).toBe(202);
    expect(sent).not.toBeUndefined();
    const stored = path === "/events" ? [answer.body] : answer.body.events;
    for (const { id } of stored) {
      const { text } = await tenant.client.get(`${tenant.path}/events/${id}/data`);
      expect(Buffer.from(bytes).includes(Buffer.from(text))).toBe(true);
      known.set(id, (known.get(id) ?? 0) + 1);
      if (known.get(id) === 1) events += 1;
    }
    for (const { id, deliveries: made } of stored) if (known.get(id) === 1) deliveries += made;
  };
  /** An id of the publisher's own answers the same event again. */
  const known = new Map<string, number>();
  await fc.assert(
    fc.asyncProperty(damaged(one), damaged(many), fc.uint8Array({ maxLength: 60 }), async (single, batch, noise) => {
      await publish("/events", single);
      await publish("/events/batch", batch);
      await publish("/events", new Uint8Array(noise));
    }),
    { numRuns: 80 },
  );
  expect(events).toBeGreaterThan(5);
  expect(await count("events")).toBe(before.events + events);
  expect((await count("queue")) + (await count("deliveries"))).toBe(before.deliveries + deliveries);
});

it("creates and changes whole endpoints or nothing", async () => {
  const before = await tenant.endpoint(receiver.url, { eventTypes: [] });
  const read = async () => (await tenant.client.get(before.path)).text;
  let endpoints = await count("endpoints");
  let created = 0;
  await fc.assert(
    fc.asyncProperty(newEndpoint, changedEndpoint, async (body, change) => {
      const answer = await tenant.client.post(`${tenant.path}/endpoints`, body);
      if (expectWellAnswered(answer, JSON.parse(JSON.stringify(body)))) {
        const { secret, publicKey, ...shown } = answer.body;
        expect([secret, publicKey]).toEqual([expect.stringMatching(/^whsec_/), null]);
        expect((await tenant.client.get(`${tenant.path}/endpoints/${shown.id}`)).body).toEqual(shown);
        created += 1;
        endpoints += 1;
      }
      const was = await read();
      const changed = await tenant.client.patch(before.path, change);
      if (expectWellAnswered(changed, JSON.parse(JSON.stringify(change)))) expect(await read()).toBe(changed.text);
      else expect(await read()).toBe(was);
    }),
    { numRuns: 80 },
  );
  expect(created).toBeGreaterThan(2);
  expect(await count("endpoints")).toBe(endpoints);
  expect(await count("endpoints", WITHOUT_SECRET)).toBe(0);
});

it("refuses acts, types, keys and tenants that make no sense, and goes on", async () => {
  const own: StoryEndpoint = await tenant.endpoint(receiver.url);
  const secret = bodyOf({}, { overlapSeconds: 60, onConflict: "expire_old", reason: "r", secret: "whsec_AAAA" });
  const act = fc.constantFrom("rotate", "stage", "activate", "unstage", "cancel", "extend", "shorten", "expire");
  const key = bodyOf({ name: "k", scopes: ["events:publish"] }, { expiresAt: "2999-01-01T00:00:00.000Z" });
  const type = fc.tuple(
    fc.oneof(fc.string(), fc.constantFrom("a.b", "a..b", "endpoint.failing")),
    bodyOf({ description: "d" }),
  );
  const owner = bodyOf({ name: "n" }, { slug: "s", metadata: {} });
  await fc.assert(
    fc.asyncProperty(
      fc.tuple(act, secret),
      key,
      type,
      owner,
      async ([name, body], apiKey, [typeName, typeBody], made) => {
        const asked: [string, string, unknown][] = [
          ["POST", `${own.path}/secrets/${name}`, body],
          ["POST", `${tenant.path}/api-keys`, apiKey],
          ["PUT", `${tenant.path}/event-types/${encodeURIComponent(typeName)}`, typeBody],
          ["POST", "/v1/tenants", made],
        ];
        for (const [method, path, sent] of asked) {
          expectWellAnswered(await tenant.client.request(method, path, sent), JSON.parse(JSON.stringify(sent)));
        }
      },
    ),
    { numRuns: 50 },
  );
  expect(await count("secret_versions", ACTIVE)).toBe(await count("endpoints", STANDING));
});

it("answers every path, query, method and header", async () => {
  const segment = fc.oneof(
    fc.constantFrom(
      "v1",
      "tenants",
      "endpoints",
      "events",
      "deliveries",
      "%",
      "%00",
      "%ff",
      "..",
      "",
      "batch",
      "api-keys",
    ),
    fc.string({ unit: "binary" }).map((text) => encodeURIComponent(text.toWellFormed())),
  );
  const path = fc.oneof(
    fc.array(segment, { maxLength: 7 }).map((segments) => `/${segments.join("/")}`),
    fc.array(segment, { maxLength: 4 }).map((segments) => `/v1/tenants/${segments.join("/")}`),
    fc.array(segment, { maxLength: 3 }).map((segments) => `/own/${segments.join("/")}`),
  );
  const query = fc
    .dictionary(fc.constantFrom("limit", "cursor", "state", "type", "createdAfter", "eventId", "code", "x"), odd)
    .map((members) => {
      const texts = Object.entries(members).map(([name, text]): [string, string] => [name, String(text)]);
      return new URLSearchParams(texts).toString();
    });
  const list = fc.constantFrom("endpoints", "events", "deliveries", "api-keys", "event-types", "audit");
  const method = fc.constantFrom("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS");
  const header = fc.dictionary(
    fc.constantFrom("idempotency-key", "content-type", "content-encoding", "x-request-id", "x-forwarded-for", "accept"),
    fc.oneof(fc.string(), fc.constantFrom("a".repeat(300), "text/plain", "gzip", "application/json; charset=latin1")),
  );
  await fc.assert(
    fc.asyncProperty(path, method, header, list, query, async (below, verb, headers, name, params) => {
      const printable = Object.entries(headers).map(([key, text]) => [
        key,
        text.replaceAll(/[^\x21-\x7e ]/g, "").trim(),
      ]);
      const own = below.replace("/own", tenant.path);
      // A path that leaves the server's own is fetch's to refuse.
      const target = own.replace(/^\/{2,}/, "/");
      // What ends a tenant or an endpoint for the tests beside this one is not asked for.
      const asked = verb === "DELETE" && target.replace(/\/+$/, "") === tenant.path ? "GET" : verb;
      const isBodiless = asked === "GET" || asked === "OPTIONS";
      const answer = await tenant.client.request(asked, target, isBodiless ? undefined : {}, {
        headers: Object.fromEntries(printable),
      });
      expect(answer.status, `${asked} ${target}`).toBeLessThan(500);
      if (answer.status >= 400) expectWellAnswered(answer);
      expectWellAnswered(await tenant.client.get(`${tenant.path}/${name}?${params}`));
    }),
    { numRuns: 60 },
  );
});

it("answers or hangs up on bytes that are no HTTP, and serves the next caller", async () => {
  const port = Number(new URL(server.server.url).port);
  const line = fc.constantFrom(
    "POST / HTTP/1.1\r\n",
    "GET /\r\n",
    "POST /v1/tenants/x/events HTTP/1.1\r\nhost: a\r\n",
    "",
  );
  const rest = fc.oneof(
    fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
    fc
      .constantFrom("content-length: -1\r\n\r\n", "content-length: 1\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n")
      .map(Buffer.from),
  );
  await fc.assert(
    fc.asyncProperty(line, rest, async (first, bytes) => {
      const socket = connect(port, "127.0.0.1");
      socket.on("error", () => undefined);
      const closed = once(socket, "close");
      let answered = "";
      socket.on("data", (chunk) => (answered += chunk.toString("latin1")));
      socket.end(Buffer.concat([Buffer.from(first), bytes]));
      await closed;
      expect(answered).toMatch(/^(?:HTTP\/1\.1 4\d\d |$)/);
    }),
    { numRuns: 60 },
  );
  await tenant.publish();
});
