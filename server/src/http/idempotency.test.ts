import { createHash, randomBytes } from "node:crypto";

import { afterAll, beforeAll, expect, test } from "vitest";

import { KeyUnavailableError, parseKeyRing } from "../core/encryption/key-ring.ts";
import { beginRequest } from "../core/idempotency/begin-request.ts";
import { finishRequest } from "../core/idempotency/finish-request.ts";
import { fromNumberId } from "../core/ids/public-id.ts";
import { finishDelivery } from "../../test/support/finish-delivery.ts";
import type { ApiAnswer } from "../../test/support/api-client.ts";
import { startApi, type TestApi } from "../../test/support/start-api.ts";

let api: TestApi;
beforeAll(async () => {
  api = await startApi();
});
afterAll(async () => {
  expect(api.faults).toEqual([]);
  await api[Symbol.asyncDispose]();
});

let minted = 0;
const mintKey = () => `key ${(minted += 1)}`;
const DAY_MS = 24 * 60 * 60 * 1000;

async function createTenant() {
  const { body } = await api.client().post("/v1/tenants", { name: "Idempotent" });
  return `/v1/tenants/${body.id}`;
}

test("the same key and body get the first answer again, a secret included, and nothing is done twice", async () => {
  const path = `${await createTenant()}/api-keys`;
  const idempotencyKey = mintKey();
  const send = () => api.client().post(path, { name: "x", scopes: ["events:read"] }, { idempotencyKey });
  const [first, second] = [await send(), await send()];
  expect(first.status).toBe(201);
  expect(first.headers.get("idempotent-replayed")).toBeNull();
  expect(second.status).toBe(201);
  expect(second.text).toBe(first.text);
  expect(second.headers.get("idempotent-replayed")).toBe("true");
  expect(second.headers.get("content-type")).toBe(first.headers.get("content-type"));
  expect((await api.client().get(path)).body.data.length).toBe(1);
  const rows = await api.database.query({ name: "all-answers", text: "select * from idempotent_answers" }, []);
  expect(JSON.stringify(rows)).not.toContain(Buffer.from(first.body.token).toString("hex"));
  expect(JSON.stringify(rows)).not.toContain(first.body.token);
});

test("a refusal is repeated too", async () => {
  const idempotencyKey = mintKey();
  const send = () => api.client().post("/v1/tenants", { name: "" }, { idempotencyKey });
  const [first, second] = [await send(), await send()];
  expect([first.status, second.status]).toEqual([400, 400]);
  expect(second.body).toEqual(first.body);
  expect(second.headers.get("x-request-id")).not.toBe(first.body.requestId);
});

test("another body with the same key is refused", async () => {
  const idempotencyKey = mintKey();
  await api.client().post("/v1/tenants", { name: "One" }, { idempotencyKey });
  const answer = await api.client().post("/v1/tenants", { name: "Two" }, { idempotencyKey });
  expect(answer.status).toBe(422);
  expect(answer.body.code).toBe("idempotency_key_reused");
});

test("a key belongs to one credential and one path", async () => {
  const path = await createTenant();
  const idempotencyKey = mintKey();
  const body = { name: "x", scopes: ["api-keys:write", "events:read"] };
  const { body: made } = await api.client().post(`${path}/api-keys`, body, { idempotencyKey });
  const answer = await api.client(made.token).post(`${path}/api-keys`, body, { idempotencyKey });
  expect(answer.status).toBe(201);
  expect(answer.body.id).not.toBe(made.id);
  const elsewhere = await api.client().post(`${await createTenant()}/api-keys`, body, { idempotencyKey });
  expect(elsewhere.body.id).not.toBe(made.id);
});

test("of many at once one runs; the others are told to wait or get its answer", async () => {
  const idempotencyKey = mintKey();
  const send = () => api.client().post("/v1/tenants", { name: "Once", slug: "once" }, { idempotencyKey });
  const answers = await Promise.all(Array.from({ length: 8 }, send));
  const statuses = new Set(answers.map((answer) => answer.status));
  expect([...statuses].filter((status) => status !== 201 && status !== 409)).toEqual([]);
  const created = answers.filter((answer) => answer.status === 201);
  expect(new Set(created.map((answer) => answer.body.id)).size).toBe(1);
  const refused = answers.filter((answer) => answer.status === 409);
  for (const answer of refused) expect(answer.body.code).toBe("idempotency_in_progress");
  expect((await send()).body.id).toBe(created[0]?.body.id);
});

test("an answer is kept for 24 hours", async () => {
  const idempotencyKey = mintKey();
  const send = () => api.client().post("/v1/tenants", { name: "Day" }, { idempotencyKey });
  const first = await send();
  api.clock.advance(DAY_MS - 1);
  expect((await send()).body.id).toBe(first.body.id);
  api.clock.advance(1);
  expect((await send()).body.id).not.toBe(first.body.id);
});

test("a first request whose process died is taken over after a minute, by the same body only", async () => {
  const claim = { context: api.context, scope: "root POST /dead", key: mintKey(), fingerprint: Buffer.from("one") };
  expect((await beginRequest(claim)).kind).toBe("first");
  api.clock.advance(59_999);
  await expect(beginRequest(claim)).rejects.toMatchObject({ code: "idempotency_in_progress" });
  api.clock.advance(1);
  const other = { ...claim, fingerprint: Buffer.from("two") };
  await expect(beginRequest(other)).rejects.toMatchObject({ code: "idempotency_key_reused" });
  expect((await beginRequest(claim)).kind).toBe("first");
});

test("a late first request does not overwrite the answer of the one that took over", async () => {
  const request = { context: api.context, scope: "root POST /late", key: mintKey(), fingerprint: Buffer.from("one") };
  const answer = (text: string) => ({ status: 200, headers: {}, body: Buffer.from(text) });
  const late = await beginRequest(request);
  api.clock.advance(60_000);
  const next = await beginRequest(request);
  if (late.kind !== "first" || next.kind !== "first") throw new Error("both were first");
  await finishRequest({ context: api.context, claim: late.claim, answer: answer("late") });
  await expect(beginRequest(request)).rejects.toMatchObject({ code: "idempotency_in_progress" });
  await finishRequest({ context: api.context, claim: next.claim, answer: answer("next") });
  const repeated = await beginRequest(request);
  expect(repeated.kind === "repeated" && Buffer.from(repeated.answer.body).toString()).toBe("next");
});

test("a late first request whose place was taken does nothing more", async () => {
  const reached = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  let isFirst = true;
  await using stalling = await startApi({
    async checkTarget(url) {
      if (!isFirst) return { ok: true, url, credentials: null };
      isFirst = false;
      reached.resolve();
      await released.promise;
      return { ok: true, url, credentials: null };
    },
  });
  const client = stalling.client();
  await client.post("/v1/tenants", { name: "Stalling", slug: "stalling" });
  const path = "/v1/tenants/stalling/endpoints";
  const send = (): Promise<ApiAnswer> => client.post(path, { url: "https://example.com/" }, { idempotencyKey: "late" });
  const late = send();
  await reached.promise;
  stalling.clock.advance(60_000);
  const second = await send();
  released.resolve();
  expect([second.status, (await late).status]).toEqual([201, 409]);
  expect((await client.get(path)).body.data).toHaveLength(1);
  expect((await send()).body).toEqual(second.body);
});

test("a fault of ours is not kept: the next try runs", async () => {
  const request = { context: api.context, scope: "root POST /fault", key: mintKey(), fingerprint: Buffer.from("one") };
  const first = await beginRequest(request);
  if (first.kind !== "first") throw new Error("the key was new");
  const answer = { status: 503, headers: {}, body: Buffer.from("{}") };
  await finishRequest({ context: api.context, claim: first.claim, answer });
  expect((await beginRequest(request)).kind).toBe("first");
});

test.each(["", "k".repeat(201), "schlüssel"])("the key %j is refused", async (key) => {
  const answer = await api.client().post("/v1/tenants", { name: "x" }, { headers: { "idempotency-key": key } });
  expect(answer.status).toBe(400);
  expect(answer.body.errors).toMatchObject([{ path: "/idempotency-key" }]);
});

test("what is kept of a body is no hash that a guess could be tried against", async () => {
  const fingerprint = createHash("sha256").update('{"password":"guess me"}').digest();
  const request = { context: api.context, scope: "root POST /guess", key: mintKey(), fingerprint };
  await beginRequest(request);
  const rows = await api.database.query<{ fingerprint: Uint8Array }>(
    { name: "kept-fingerprint", text: "select fingerprint from idempotent_answers where key = $1::text" },
    [request.key],
  );
  expect(rows).toHaveLength(1);
  expect(Buffer.compare(rows[0]?.fingerprint ?? Buffer.alloc(0), fingerprint)).not.toBe(0);
});

test("an answer whose key is not at hand is not taken for another body's", async () => {
  const withRing = (id: string) => ({
    ...api.context,
    keyRing: parseKeyRing(`${id}:${randomBytes(32).toString("base64")}`),
  });
  const request = { scope: "root POST /lost-key", key: mintKey(), fingerprint: Buffer.from("one") };
  const context = withRing("lost");
  const first = await beginRequest({ ...request, context });
  if (first.kind !== "first") throw new Error("the key was used before");
  await finishRequest({ context, claim: first.claim, answer: { status: 200, headers: {}, body: Buffer.from("done") } });
  for (const id of ["other", "lost"]) {
    await expect(beginRequest({ ...request, context: withRing(id) })).rejects.toBeInstanceOf(KeyUnavailableError);
  }
});

test("a request is known again when another encryption key has become current", async () => {
  const [before, after] = ["before", "after"].map((id) => `${id}:${randomBytes(32).toString("base64")}`);
  const withRing = (keys: string) => ({ ...api.context, keyRing: parseKeyRing(keys) });
  const request = { scope: "root POST /rotated", key: mintKey(), fingerprint: Buffer.from("one") };
  const first = await beginRequest({ ...request, context: withRing(`${before}`) });
  if (first.kind !== "first") throw new Error("the key was used before");
  const context = withRing(`${after},${before}`);
  api.clock.advance(60_000);
  const takenOver = await beginRequest({ ...request, context });
  if (takenOver.kind !== "first") throw new Error("a dead request was not taken over");
  const answer = { status: 200, headers: {}, body: Buffer.from("done") };
  await finishRequest({ context: withRing(`${before}`), claim: takenOver.claim, answer });
  expect(await beginRequest({ ...request, context })).toMatchObject({ kind: "repeated" });
});

test.each([
  ["a tenant", "", { name: "Once" }],
  ["an API key", "{t}/api-keys", { name: "Once", scopes: ["events:read"] }],
  ["a user", "{t}/users", { email: "once@example.com", role: "viewer" }],
  ["an endpoint", "{t}/endpoints", { url: "https://example.com/" }],
  ["a secret version", "{t}/endpoints/{e}/secrets/rotate", {}],
  ["a staged secret", "{t}/endpoints/{e}/secrets/stage", {}],
  ["a new run of an event", "{t}/events/{event}/resend", {}],
  ["a new run of a delivery", "{t}/deliveries/{d}/resend", {}],
])("what makes %s keeps its answer in the same commit, so that no death makes it twice", async (_what, below, body) => {
  const names = await makeThings();
  const path = `/v1/tenants${below.replaceAll(/\{(\w+)\}/g, (_match, name: string) => names[name] ?? "")}`;
  const idempotencyKey = mintKey();
  const first = await api.client().post(path, body, { idempotencyKey });
  expect(first.status, first.text).toBeLessThan(300);
  const rows = await api.database.query(IN_ONE_COMMIT, [idempotencyKey]);
  expect(rows).toEqual([{ together: true }]);
  const again = await api.client().post(path, body, { idempotencyKey });
  expect([again.status, again.text]).toEqual([first.status, first.text]);
  expect(again.headers.get("content-type")).toBe(first.headers.get("content-type"));
});

/** What the paths above name: a tenant with an endpoint, and an event whose delivery has ended. */
async function makeThings(): Promise<Readonly<Record<string, string>>> {
  const client = api.client();
  const tenant = await createTenant();
  await client.put(`${tenant}/event-types/a.b`, {});
  const { body: endpoint } = await client.post(`${tenant}/endpoints`, { url: "https://example.com/" });
  const { body: event } = await client.post(`${tenant}/events`, { type: "a.b", data: 1 });
  const { body: deliveries } = await client.get(`${tenant}/deliveries`);
  const d: string = deliveries.data[0].id;
  await finishDelivery(api, { deliveryId: fromNumberId("dlv", d) ?? 0, state: "exhausted", status: 500 });
  return { t: tenant.replace("/v1/tenants", ""), e: endpoint.id, event: event.id, d };
}

/** The newest audit row is the verb's own, and shares its commit. */
const IN_ONE_COMMIT = {
  name: "test-in-one-commit",
  text: `select answer.xmin = (select xmin from audit_log order by at desc, xmin::text::bigint desc limit 1) as together
    from idempotent_answers as answer where key = $1::text`,
};
