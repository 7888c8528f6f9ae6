/** Every call that changes something leaves one row, with what was before and after, and without any secret. */
import { afterAll, beforeAll, expect, test } from "vitest";

import { startApi, type TestApi } from "../../../../test/support/start-api.ts";
import { verifyAudit } from "../../../core/audit/verify-audit.ts";
import { fromUuidId } from "../../../core/ids/public-id.ts";

const URL_PASSWORD = "url-password-1";
const QUERY_KEY = "query-key-1";
const HEADER_VALUE = "header-value-1";

let api: TestApi;
let tenants = 0;
beforeAll(async () => {
  api = await startApi({
    checkTarget: async (url) => {
      const { username, password, host, pathname, search } = new URL(url);
      const credentials = username === "" ? null : `${username}:${password}`;
      return { ok: true, url: `https://${host}${pathname}${search}`, credentials };
    },
  });
});
afterAll(async () => {
  expect(api.faults).toEqual([]);
  await api[Symbol.asyncDispose]();
});

async function setup() {
  const slug = `audited-${(tenants += 1)}`;
  const root = api.client();
  const tenant = (await root.post("/v1/tenants", { name: slug, slug })).body;
  const path = `/v1/tenants/${slug}`;
  const rows = async (): Promise<{ action: string; subject: string; before: unknown; after: unknown }[]> =>
    (await root.get(`${path}/audit?limit=250`)).body.data.toReversed();
  const actions = async () => (await rows()).map(({ action }) => action);
  const last = async () => (await rows()).at(-1);
  return { root, tenant, path, rows, actions, last };
}

test("tenants: create, update, delete", async () => {
  const { root, tenant, path, rows } = await setup();
  await root.patch(path, { name: "After" });
  const subject = `tenant:${tenant.id}`;
  expect(await rows()).toMatchObject([
    { action: "tenant.create", subject, before: null, after: { slug: tenant.slug } },
    { action: "tenant.update", subject, before: { name: tenant.slug }, after: { name: "After" } },
  ]);
  await root.delete(path);
  const actions = await api.database.query<{ action: string }>(
    {
      name: "actions-of",
      text: "select action from audit_log where tenant_id = $1::uuid order by number desc limit 1",
    },
    [fromUuidId("ten", tenant.id)],
  );
  expect(actions).toEqual([{ action: "tenant.delete" }]);
});

test("API keys: create, update, revoke", async () => {
  const { root, path, rows } = await setup();
  const key = (await root.post(`${path}/api-keys`, { name: "One", scopes: ["events:read"] })).body;
  await root.patch(`${path}/api-keys/${key.id}`, { scopes: ["events:publish"] });
  await root.delete(`${path}/api-keys/${key.id}`);
  const subject = `api_key:${key.id}`;
  expect((await rows()).slice(1)).toMatchObject([
    { action: "api_key.create", subject, before: null, after: { name: "One", scopes: ["events:read"] } },
    { action: "api_key.update", subject, before: { scopes: ["events:read"] }, after: { scopes: ["events:publish"] } },
    { action: "api_key.revoke", subject, before: { scopes: ["events:publish"] }, after: null },
  ]);
  expect(JSON.stringify(await rows())).not.toContain(key.token);
});

test("event types: put and deprecate, and nothing where nothing changed", async () => {
  const { root, path, actions, last } = await setup();
  const type = `${path}/event-types/invoice.paid`;
  await root.put(type, { description: "Paid" });
  await root.put(type, { description: "Paid" });
  await root.put(type, { description: "Paid in full" });
  const subject = "event_type:invoice.paid";
  expect(await last()).toMatchObject({
    subject,
    before: { description: "Paid" },
    after: { description: "Paid in full" },
  });
  await root.post(`${type}/deprecate`);
  await root.post(`${type}/deprecate`);
  expect(await actions()).toEqual(["tenant.create", "event_type.put", "event_type.put", "event_type.deprecate"]);
});

test("endpoints: every move of the status, settings, deletion, and nothing where nothing changed", async () => {
  const { root, path, rows } = await setup();
  const created = (await root.post(`${path}/endpoints`, { url: "https://example.com/in" })).body;
  const endpoint = `${path}/endpoints/${created.id}`;
  for (const verb of ["pause", "pause", "resume", "resume", "disable", "disable", "enable"]) {
    expect((await root.post(`${endpoint}/${verb}`)).status).toBe(200);
  }
  await root.patch(endpoint, { description: "Changed" });
  await root.delete(endpoint);
  const subject = `endpoint:${created.id}`;
  expect((await rows()).slice(1)).toMatchObject([
    { action: "endpoint.create", subject, before: null, after: { url: "https://example.com/in", status: "active" } },
    { action: "endpoint.pause", subject, before: { status: "active" }, after: { status: "paused" } },
    { action: "endpoint.resume", subject, before: { status: "paused" }, after: { status: "active" } },
    { action: "endpoint.disable", subject, before: { status: "active" }, after: { status: "disabled" } },
    { action: "endpoint.resume", subject, before: { status: "disabled" }, after: { status: "active" } },
    { action: "endpoint.update", subject, before: { description: "" }, after: { description: "Changed" } },
    { action: "endpoint.delete", subject, before: { description: "Changed" }, after: null },
  ]);
});

test("secrets, credentials, header values and queries of URLs are in no row", async () => {
  const { root, path, rows } = await setup();
  const url = `https://user:${URL_PASSWORD}@example.com/in?key=${QUERY_KEY}`;
  const created = (await root.post(`${path}/endpoints`, { url, headers: { "x-key": HEADER_VALUE } })).body;
  const rotated = (await root.post(`${path}/endpoints/${created.id}/secrets/rotate`, {})).body;
  await root.patch(`${path}/endpoints/${created.id}`, { headers: { "x-key": "***" } });
  const text = JSON.stringify(await rows());
  expect(text).toContain("secret.rotate");
  expect(text).toContain("https://***@example.com/in?***");
  for (const secret of [URL_PASSWORD, QUERY_KEY, HEADER_VALUE, created.secret, rotated.secret]) {
    expect(typeof secret).toBe("string");
    expect(text).not.toContain(secret);
  }
});

test("deliveries and events: cancel and resend", async () => {
  const { root, path, rows } = await setup();
  await root.put(`${path}/event-types/invoice.paid`);
  await root.post(`${path}/endpoints`, { url: "https://example.com/in" });
  const event = (await root.post(`${path}/events`, { type: "invoice.paid", data: {} })).body;
  const delivery = (await root.get(`${path}/deliveries`)).body.data[0];
  const act = async (verb: string) => (await root.post(`${path}/deliveries/${delivery.id}/${verb}`)).status;
  expect([await act("cancel"), await act("cancel"), await act("resend"), await act("cancel")]).toEqual([
    200, 409, 200, 200,
  ]);
  expect((await root.post(`${path}/events/${event.id}/resend`, {})).body).toEqual({ resent: 1 });
  const subject = `delivery:${delivery.id}`;
  expect((await rows()).slice(3)).toMatchObject([
    { action: "delivery.cancel", subject },
    { action: "delivery.resend", subject, before: { state: "cancelled" } },
    { action: "delivery.cancel", subject },
    { action: "event.resend", subject: `event:${event.id}`, after: { deliveries: 1 } },
  ]);
});

test("a refused call leaves no row", async () => {
  const { root, path, actions } = await setup();
  const key = (await root.post(`${path}/api-keys`, { name: "key", scopes: ["events:read"] })).body;
  const before = await actions();
  const weak = api.client(key.token);
  expect((await weak.post(`${path}/endpoints`, { url: "https://example.com/in" })).status).toBe(403);
  expect(
    (await root.post(`${path}/endpoints`, { url: "https://example.com/in", eventTypes: ["no.such"] })).status,
  ).toBe(422);
  expect((await root.post("/v1/tenants", { name: "x", slug: path.slice("/v1/tenants/".length) })).status).toBe(409);
  expect(await actions()).toEqual(before);
});

test("verbs that run at once keep the chain sound", async () => {
  const { root, tenant, path } = await setup();
  const work = Array.from({ length: 24 }, (_none, index) =>
    index % 2 === 0
      ? root.post(`${path}/endpoints`, { url: `https://example.com/${index}` })
      : root.post(`${path}/api-keys`, { name: `key ${index}`, scopes: ["events:read"] }),
  );
  for (const { status } of await Promise.all(work)) expect(status).toBe(201);
  const tenantId = fromUuidId("ten", tenant.id) ?? "";
  const verdict = await verifyAudit({ database: api.database, keyRing: api.context.keyRing, tenantId });
  expect(verdict).toMatchObject({ ok: true, head: { number: 25 } });
});
