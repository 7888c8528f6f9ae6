/**
 * Promise 8: a secret's plaintext is in exactly the answers that promise it. In a server where everything secret was
 * made, shown, used and refused, every answer, every log line, the metrics, every row of every table and the files of
 * the database are searched for it, in every shape. `npm run test:leaks` runs this with what else searches, on both
 * databases.
 */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

import { afterAll, beforeAll, expect, it } from "vitest";

import { findLeaks } from "../leaks/find-leaks.ts";
import { postgresServerUrl } from "../support/database.ts";
import { BROUGHT, COOKIE, HEADER_VALUE, type LeakScene, openLeakScene } from "../leaks/open-leak-scene.ts";

/** What some answer shows; everything else that is watched is shown by none. */
const PROMISED = [
  "a SelfCommunity secret",
  "a Velt auth token",
  "a Velt secret",
  "a Velt workspace token",
  "a device code",
  "a device's access token",
  "a device's refresh token",
  "a dialect's secret",
  "a proof",
  "a refresh token",
  "a rotated thesignup secret",
  "a thesignup key",
  "a thesignup secret",
  "an API key",
  "an Ed25519 key",
  "an access token",
  "the brought secret",
  "the first secret",
  "the next access token",
  "the next device's access token",
  "the next device's refresh token",
  "the next refresh token",
  "the rotated secret",
  "the staged secret",
];

let scene: LeakScene;

beforeAll(async () => {
  scene = await openLeakScene();
});
afterAll(() => scene[Symbol.asyncDispose]());

/** All that is watched but what is promised here. */
function unpromised(promised: readonly string[] = []): Map<string, string | Uint8Array> {
  return new Map([...scene.watched].filter(([name]) => !promised.includes(name)));
}

it("reaches the receiver, so that there was something to show", () => {
  const [request] = scene.receiver.requests;
  expect(request?.headers["x-own"]).toBe(HEADER_VALUE);
  expect(findLeaks(scene.watched, JSON.stringify(request?.headers))).toEqual([
    "the user name of a URL in base64",
    "the password of a URL in base64",
    "a header value escaped for JSON",
  ]);
});

it("is in the answers that promise it: create, also when it is repeated, rotate, stage, reveal, login and refresh", () => {
  const promised = new Set(scene.answers.flatMap((answer) => answer.promised));
  expect([...promised].filter((name) => !name.includes(", ")).toSorted()).toEqual(PROMISED);
  for (const name of PROMISED) {
    const value = new Map([[name, scene.watched.get(name) ?? ""]]);
    for (const { to, shown } of scene.answers.filter((answer) => answer.promised.includes(name))) {
      expect(findLeaks(value, shown), to).toEqual([`${name} as it is`]);
    }
  }
  const repeated = scene.answers.filter(({ promised }) => promised.includes("the brought secret"));
  expect(repeated.map(({ shown }) => shown.includes('"idempotent-replayed","true"'))).toEqual([false, true]);
});

it("is different at every create, rotate and login", () => {
  const made = [...scene.watched.values()].map((value) => Buffer.from(value).toString("hex"));
  expect(new Set(made).size).toBe(made.length);
});

it("is in no other answer: lists, single things, deliveries and their attempts, secrets, keys, users", async () => {
  const { ask, tenant, endpoint } = scene;
  const lists = ["endpoints", "events", "deliveries", "api-keys", "event-types", "users", "audit", "dialects"];
  for (const path of ["/v1/tenants", tenant, ...lists.map((list) => `${tenant}/${list}`)]) await ask("GET", path);
  for (const path of [endpoint, `${endpoint}/secrets`, `${tenant}/audit/head`]) await ask("GET", path);
  const { body } = await ask("GET", `${tenant}/deliveries`);
  expect(body.data.length).toBeGreaterThanOrEqual(2);
  for (const { id } of body.data) await ask("GET", `${tenant}/deliveries/${id}`);
  for (const act of ["pause", "resume", "test"]) await ask("POST", `${endpoint}/${act}`, { body: {} });
  await ask("PATCH", endpoint, { body: { description: "changed" } });
  expectNoLeakInAnswers();
});

it("is in no refusal, whatever was sent", async () => {
  const { ask, tenant, endpoint } = scene;
  const before = scene.answers.length;
  const url = `http://name-in-the-url:${String(scene.watched.get("the password of a URL"))}@`;
  await ask("POST", `${tenant}/endpoints`, {
    body: { url, headers: { "x-own": `${HEADER_VALUE}\n` }, secret: "whsec_c2hvcnQ=" },
  });
  await ask("PATCH", endpoint, { body: { headers: { host: HEADER_VALUE } } });
  await ask("POST", `${endpoint}/secrets/rotate`, { body: { secret: `${BROUGHT}!`, onConflict: "expire_old" } });
  await ask("GET", `${tenant}/events`, { token: `${String(scene.watched.get("an API key"))}x` });
  for (const { status, shown } of scene.answers.slice(before)) {
    expect(status).toBeGreaterThanOrEqual(400);
    expect(shown).not.toContain("c2hvcnQ=");
  }
  expectNoLeakInAnswers();
});

it("is in no fault either, though the database tells the row that it refused", async () => {
  const { server, tenant, endpoint, receiver, watched } = scene;
  const refuse = (table: string) => `alter table ${table} add constraint refused check (false) not valid`;
  const accept = (table: string) => `alter table ${table} drop constraint refused`;
  const tables = ["endpoints", "events", "secret_versions", "users", "api_keys", "tenant_dialects"];
  const body = "body-of-an-event-that-a-fault-must-not-show";
  const before = scene.log().length;
  await server.database.script(tables.map(refuse).join("; "));
  const url = `${receiver.url.replace("http://", "http://name-in-the-url:some-password@")}?token=query-of-the-url`;
  // Not by the client of the tests, which takes no fault of ours for an answer.
  const fault = async (method: string, path: string, sent: object) => {
    const headers = { authorization: `Bearer ${server.rootKey}`, "content-type": "application/json" };
    const response = await fetch(new URL(path, server.server.url), { method, headers, body: JSON.stringify(sent) });
    return { status: response.status, text: await response.text() };
  };
  const password = String(watched.get("a user's password"));
  const answers = [
    await fault("POST", `${tenant}/endpoints`, { url, headers: { "x-own": HEADER_VALUE }, secret: BROUGHT }),
    await fault("PATCH", endpoint, { url }),
    await fault("POST", `${endpoint}/secrets/rotate`, { secret: BROUGHT, onConflict: "expire_old" }),
    await fault("POST", `${tenant}/events`, { type: "invoice.paid", data: body }),
    await fault("POST", `${tenant}/users`, { email: "eve@example.com", role: "viewer", password }),
    await fault("POST", `${tenant}/api-keys`, { name: "Refused", scopes: ["events:read"] }),
    await fault("PUT", `${tenant}/dialects/selfcommunity`, { jwtSecret: BROUGHT }),
  ];
  await server.database.script(tables.map(accept).join("; "));
  for (const { status, text } of answers) {
    expect(status, text).toBe(500);
    expect(findLeaks(unpromised(), text)).toEqual([]);
  }
  const told = scene.log().slice(before);
  expect(told).toContain("answering a request");
  const more = new Map([
    ["the body of an event", body],
    ["the query of a URL", "query-of-the-url"],
  ]);
  expect(findLeaks(new Map([...unpromised(), ...more]), told)).toEqual([]);
});

it("is in no metric and not in the API's description", async () => {
  const metrics = await fetch(new URL("/metrics", scene.server.server.monitoringUrl ?? ""));
  const text = await metrics.text();
  expect(text).toContain("posthorn_attempts_total");
  expect(findLeaks(unpromised(), text)).toEqual([]);
  const document = await scene.ask("GET", "/v1/openapi.json");
  expect(findLeaks(unpromised(), document.text)).toEqual([]);
});

it("stands in no table as it is", async () => {
  const { rows, tables } = await dumpTables();
  expect([tables > 20, rows.length > 50]).toEqual([true, true]);
  for (const { table, row } of rows) expect(findLeaks(unpromised(), row), table).toEqual([]);
});

// The directory of a PostgreSQL server is its owner's: the same rows go into the same kind of files there.
if (postgresServerUrl === null) {
  it("stands in no file of the database, nor in its write-ahead log", async () => {
    const directory = scene.server.database.directory ?? "";
    const files = (await readdir(directory, { recursive: true, withFileTypes: true })).filter((file) => file.isFile());
    expect(files.some((file) => file.parentPath.endsWith("pg_wal"))).toBe(true);
    for (const file of files) {
      const path = join(file.parentPath, file.name);
      expect(findLeaks(unpromised(), await readFile(path)), path).toEqual([]);
    }
  });
}

it("is in no line of the log, at its most talkative", () => {
  expect(scene.log()).toContain(scene.endpoint.split("/").at(-1));
  expect(findLeaks(unpromised(), scene.log())).toEqual([]);
});

it("would be found in a column of text, in one of bytes and in one of JSON", async () => {
  const { tenant, ask } = scene;
  await ask("PUT", `${tenant}/event-types/planted.text`, { body: { description: `see ${BROUGHT}` } });
  await ask("PATCH", tenant, { body: { metadata: { planted: HEADER_VALUE } } });
  await ask("POST", `${tenant}/events`, { body: { type: "invoice.paid", data: { planted: COOKIE } } });
  const { rows } = await dumpTables();
  const found = rows.flatMap(({ table, row }) => findLeaks(unpromised(), row).map((leak) => `${table}: ${leak}`));
  expect(found).toContain("event_types: the brought secret as it is");
  expect(found).toContain("tenants: a header value escaped for JSON");
  expect(found.some((leak) => /^events_?\w*: the receiver's cookie in hexadecimal$/.test(leak))).toBe(true);
});

function expectNoLeakInAnswers(): void {
  for (const { to, status, shown, promised } of scene.answers) {
    expect(findLeaks(unpromised(promised), shown), `${to} ${status}`).toEqual([]);
  }
}

/** Every row of every table as JSON: bytes are in hexadecimal, text is escaped. */
async function dumpTables(): Promise<{ readonly tables: number; readonly rows: { table: string; row: string }[] }> {
  const { database } = scene.server;
  const tables = await database.query<{ name: string }>(
    {
      name: "test-tables",
      text: "select relname as name from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r'",
    },
    [],
  );
  const rows = [];
  for (const { name: table } of tables) {
    const dumped = await database.query<{ row: string }>(
      { name: `test-all-of-${table}`, text: `select to_jsonb(t)::text as row from "${table}" t` },
      [],
    );
    for (const { row } of dumped) rows.push({ table, row });
  }
  return { tables: tables.length, rows };
}
