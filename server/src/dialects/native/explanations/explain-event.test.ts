/** Why an event went to an endpoint or did not: every reason that the records can give, from real calls. */
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";

import { finishDelivery } from "../../../../test/support/finish-delivery.ts";
import { startApi, type TestApi } from "../../../../test/support/start-api.ts";
import { changeProfileSettings } from "../../../core/profile-settings/change-profile-settings.ts";
import { fromNumberId, fromUuidId } from "../../../core/ids/public-id.ts";
import { lockTenant } from "../../../db/queries/lock-tenant.ts";
import { stopEndpoint } from "../../../db/queries/stop-endpoint.ts";

const MINUTE_MS = 60_000;

let api: TestApi;
let tenant: string;
let tenantId: string;
let tenants = 0;

beforeAll(async () => {
  api = await startApi();
});
afterAll(async () => {
  expect(api.faults).toEqual([]);
  await api[Symbol.asyncDispose]();
});
beforeEach(async () => {
  tenants += 1;
  const { body } = await api.client().post("/v1/tenants", { name: "Owner", slug: `asked-${tenants}` });
  tenantId = fromUuidId("ten", body.id) ?? "";
  tenant = `/v1/tenants/asked-${tenants}`;
  for (const type of ["invoice.paid", "user.created"]) await api.client().put(`${tenant}/event-types/${type}`, {});
});

const later = () => api.clock.advance(MINUTE_MS);

async function endpoint(settings: object = {}): Promise<string> {
  const answer = await api.client().post(`${tenant}/endpoints`, { url: "https://example.com/", ...settings });
  expect(answer.status, answer.text).toBe(201);
  later();
  return answer.body.id;
}

async function publish(event: object = {}): Promise<string> {
  const answer = await api.client().post(`${tenant}/events`, { type: "invoice.paid", data: {}, ...event });
  expect(answer.status, answer.text).toBe(202);
  return answer.body.id;
}

async function explain(eventId: string, endpointId: string) {
  const answer = await api.client().get(`${tenant}/events/${eventId}/explain?endpointId=${endpointId}`);
  expect(answer.status, answer.text).toBe(200);
  return answer.body.data[0];
}

async function act(id: string, name: string): Promise<void> {
  const answer = await api.client().post(`${tenant}/endpoints/${id}/${name}`);
  expect(answer.status, answer.text).toBe(200);
}

const missed = (reason: string, certainty = "recorded") => ({ verdict: "not_sent", reason, certainty, delivery: null });

test("an endpoint that was made after the event is told so, and when", async () => {
  const event = await publish();
  later();
  const createdAt = api.clock.now().toISOString();
  const late = await endpoint();
  expect(await explain(event, late)).toMatchObject({ ...missed("endpoint_created_later"), at: createdAt });
});

test("a type or a channel that it does not take is the reason, of what it took then and not of today", async () => {
  const byType = await endpoint({ eventTypes: ["user.*"] });
  const byChannel = await endpoint({ channels: ["eu"] });
  const [event, other] = [await publish({ channels: ["us"] }), await publish()];
  later();
  for (const published of [event, other]) {
    expect(await explain(published, byType)).toMatchObject(missed("type_not_subscribed"));
    expect(await explain(published, byChannel)).toMatchObject(missed("channel_not_subscribed"));
  }
  await api.client().patch(`${tenant}/endpoints/${byType}`, { eventTypes: null });
  await api.client().patch(`${tenant}/endpoints/${byChannel}`, { channels: null });
  later();
  await api.client().patch(`${tenant}/endpoints/${byType}`, { eventTypes: ["invoice.paid"] });
  expect(await explain(event, byType)).toMatchObject(missed("type_not_subscribed"));
  expect(await explain(event, byChannel)).toMatchObject(missed("channel_not_subscribed"));
});

test("disabled, paused and resumed: only disabled makes none, whatever it is now", async () => {
  const [disabled, paused] = [await endpoint(), await endpoint()];
  const disabledAt = api.clock.now().toISOString();
  await act(disabled, "disable");
  await act(paused, "pause");
  later();
  const event = await publish();
  later();
  expect(await explain(event, disabled)).toMatchObject({ ...missed("endpoint_disabled"), at: disabledAt });
  expect(await explain(event, paused)).toMatchObject({
    verdict: "in_progress",
    reason: "endpoint_paused",
    text: expect.stringContaining(disabledAt),
    advice: expect.stringContaining("Resume"),
  });
  await act(disabled, "enable");
  expect(await explain(event, disabled)).toMatchObject({ ...missed("endpoint_disabled"), at: disabledAt });
});

test("a stop by Posthorn itself counts from when it came", async () => {
  const id = await endpoint();
  const stop = { endpointId: fromUuidId("ep", id) ?? "", status: "disabled", reason: "gone" } as const;
  const before = await publish({ type: "user.created" });
  later();
  await stopEndpoint(api.database, { ...stop, now: api.clock.now() });
  later();
  const after = await publish();
  later();
  expect(await explain(before, id)).toMatchObject({ verdict: "in_progress", reason: "endpoint_ended" });
  expect(await explain(after, id)).toMatchObject(missed("endpoint_disabled"));
  await act(id, "enable");
  // The call that found it disabled knows not since when.
  expect(await explain(after, id)).toMatchObject(missed("endpoint_disabled", "inferred"));
});

test("a profile that the tenant had switched off", async () => {
  const id = await endpoint({ profile: "velt" });
  const set = (enabled: boolean) =>
    api.database.transaction(async (transaction) => {
      const tenantNumber = (await lockTenant(transaction, tenantId)) ?? 0;
      const actor = { kind: "root", address: null } as const;
      const { keyRing } = api.context;
      const now = api.clock.now();
      const change = { enabled };
      return changeProfileSettings(transaction, {
        tenantId,
        tenantNumber,
        profile: "velt",
        change,
        actor,
        keyRing,
        now,
      });
    });
  const waiting = await publish();
  later();
  const at = api.clock.now().toISOString();
  await set(false);
  later();
  const event = await publish();
  later();
  expect(await explain(event, id)).toMatchObject({ ...missed("profile_switched_off"), at });
  const held = await explain(waiting, id);
  expect(held).toMatchObject({ verdict: "in_progress", reason: "endpoint_held", text: expect.stringContaining(at) });
  await set(true);
  expect(await explain(event, id)).toMatchObject({ ...missed("profile_switched_off"), at });
  const { body } = await api.client().get(`${tenant}/deliveries/${held.delivery.id}/explain`);
  const acts = body.timeline.filter(({ kind }: { kind: string }) => kind === "endpoint");
  expect(acts.map(({ text }: { text: string }) => text.split(" ").at(-1))).toEqual(["off.", "again."]);
});

test("a test goes to its endpoint alone, and Posthorn's own events to those that name them", async () => {
  const id = await endpoint({ eventTypes: ["user.created"] });
  const all = await endpoint();
  const event = await publish();
  const turn = (text: string) =>
    api.database.query({ name: `test-${text}`, text: `update events set ${text} where id = $1::bigint` }, [
      fromNumberId("evt", event),
    ]);
  await turn("source = 'test', type = 'webhook.test'");
  expect(await explain(event, id)).toMatchObject(missed("not_addressed"));
  await api.database.query({ name: "test-lose-one", text: "delete from queue where event_id = $1::bigint" }, [
    fromNumberId("evt", event),
  ]);
  await turn("source = 'operational', type = 'endpoint.paused'");
  expect(await explain(event, all)).toMatchObject(missed("operational_type_not_named"));
  expect(await explain(event, id)).toMatchObject(missed("type_not_subscribed"));
});

test("what was delivered, given up and cancelled is told with its delivery", async () => {
  const ids = [await endpoint(), await endpoint(), await endpoint()] as const;
  const event = await publish();
  const { body } = await api.client().get(`${tenant}/deliveries?eventId=${event}`);
  const of = (id: string) => body.data.find(({ endpointId }: { endpointId: string }) => endpointId === id).id;
  const finish = (id: string, state: "succeeded" | "exhausted", status: number) =>
    finishDelivery(api, { deliveryId: fromNumberId("dlv", of(id)) ?? 0, state, status });
  await finish(ids[0], "succeeded", 200);
  await finish(ids[1], "exhausted", 500);
  await api.client().post(`${tenant}/deliveries/${of(ids[2])}/cancel`);
  expect(await explain(event, ids[0])).toMatchObject({ verdict: "delivered", reason: "accepted", advice: null });
  expect(await explain(event, ids[1])).toMatchObject({
    verdict: "failed",
    reason: "tries_exhausted",
    cause: "The receiver failed with a 5xx status.",
    advice: expect.stringMatching(/logs.*resend it\.$/),
    delivery: { id: of(ids[1]), state: "exhausted" },
  });
  expect(await explain(event, ids[2])).toMatchObject({ verdict: "cancelled", reason: "requested" });
});

test("a deleted endpoint is found by its id, and in the list where it got a delivery", async () => {
  const [got, without] = [await endpoint(), await endpoint({ eventTypes: [] })];
  const event = await publish();
  later();
  for (const id of [got, without]) await api.client().delete(`${tenant}/endpoints/${id}`);
  later();
  const after = await publish();
  expect(await explain(event, got)).toMatchObject({ verdict: "cancelled", reason: "endpoint_deleted" });
  expect(await explain(event, without)).toMatchObject(missed("type_not_subscribed"));
  expect(await explain(after, got)).toMatchObject(missed("endpoint_deleted"));
  const { body } = await api.client().get(`${tenant}/events/${event}/explain`);
  expect(body.data.map(({ endpointId }: { endpointId: string }) => endpointId)).toEqual([got]);
  expect((await api.client().get(`${tenant}/events/${after}/explain`)).body.data).toEqual([]);
});

test("what is in the same second as a change is not claimed to be certain", async () => {
  const id = await endpoint();
  await act(id, "disable");
  const event = await publish();
  api.clock.advance(500);
  await act(id, "enable");
  later();
  expect(await explain(event, id)).toMatchObject(missed("endpoint_disabled", "inferred"));
});

test("where nothing says why, that is said", async () => {
  const id = await endpoint();
  const event = await publish({ type: "user.created" });
  await api.database.query({ name: "test-lose", text: "delete from queue where event_id = $1::bigint" }, [
    fromNumberId("evt", event),
  ]);
  expect(await explain(event, id)).toMatchObject(missed("delivery_gone", "inferred"));
});

test("endpoints come page by page, newest first; other ids and mistakes are refused", async () => {
  const ids = [await endpoint(), await endpoint(), await endpoint()].toReversed();
  const path = `${tenant}/events/${await publish()}/explain`;
  const first = await api.client().get(`${path}?limit=2`);
  const second = await api.client().get(`${path}?limit=2&cursor=${first.body.nextCursor}`);
  const shown = [...first.body.data, ...second.body.data].map((one: { endpointId: string }) => one.endpointId);
  expect([shown, second.body.nextCursor]).toEqual([ids, null]);
  expect((await api.client().get(`${path}?endpointId=ep_1`)).status).toBe(400);
  await api.client().post("/v1/tenants", { name: "Other", slug: `other-${tenants}` });
  const { body } = await api.client().post(`/v1/tenants/other-${tenants}/endpoints`, { url: "https://example.com/" });
  expect((await api.client().get(`${path}?endpointId=${body.id}`)).status).toBe(404);
});
