import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";

import {
  type EngineBench,
  openEngineBench,
  readQueue,
  ROOT,
  store,
  type TenantBench,
} from "../../../test/support/engine-bench.ts";
import { updateApiKey } from "../../core/api-keys/update-api-key.ts";
import { revokeApiKey } from "../../core/api-keys/revoke-api-key.ts";
import { deleteEndpoint } from "../../core/endpoints/delete-endpoint.ts";
import { disableEndpoint } from "../../core/endpoints/disable-endpoint.ts";
import { pauseEndpoint } from "../../core/endpoints/pause-endpoint.ts";
import { resumeEndpoint } from "../../core/endpoints/resume-endpoint.ts";
import { deleteTenant } from "../../core/tenants/delete-tenant.ts";
import type { StoreRow } from "./store-rows.ts";

let bench: EngineBench;
let home: TenantBench;

beforeAll(async () => {
  bench = await openEngineBench();
});
afterAll(() => bench[Symbol.asyncDispose]());
beforeEach(async () => {
  home = await bench.addTenant("invoice.paid", "invoice.voided", "invoice.paid.late", "user.created", "webhook");
});

const leasedTo = (rows: readonly StoreRow[]): string[] =>
  rows.flatMap((row) => (row.kind === "leased" ? [row.endpoint_id] : [])).sort();

const problemOf = (rows: readonly StoreRow[]): string[] =>
  rows.flatMap((row) => (row.kind === "refused" ? [row.problem] : []));

const countEvents = async (): Promise<number> => {
  const text = "select count(*)::integer as count from events where tenant_id = $1::uuid";
  const rows = await bench.database.query<{ count: number }>({ name: "test-count-events", text }, [home.tenant.id]);
  return rows[0]?.count ?? -1;
};

describe("routing", () => {
  it.each([
    ["every type where the endpoint names none", null, "invoice.paid", true],
    ["a type that is named", ["invoice.paid"], "invoice.paid", true],
    ["no other type than the named", ["invoice.paid"], "invoice.voided", false],
    ["nothing where the list is empty", [], "invoice.paid", false],
    ["what begins with a prefix", ["invoice.*"], "invoice.paid.late", true],
    ["the longer of two prefixes", ["invoice.paid.*"], "invoice.paid.late", true],
    ["not the prefix itself", ["invoice.paid.*"], "invoice.paid", false],
    ["not a name that only begins with the same letters", ["web.*"], "webhook", false],
  ])("delivers %s", async (_what, eventTypes, type, delivers) => {
    const endpoint = await home.addEndpoint({ eventTypes });
    const rows = await store(bench, [home.request([{ type }])]);
    expect(leasedTo(rows)).toEqual(delivers ? [endpoint] : []);
    expect(rows.find((row) => row.kind === "event")).toMatchObject({ deliveries: delivers ? 1 : 0 });
  });

  it("never meets another tenant's endpoints", async () => {
    const other = await bench.addTenant("invoice.paid");
    await other.addEndpoint();
    expect(leasedTo(await store(bench, [home.request([{ type: "invoice.paid" }])]))).toEqual([]);
  });

  it.each([
    ["an endpoint without channels takes every event", null, null, true],
    ["an endpoint without channels takes an event that has some", null, ["north"], true],
    ["an endpoint with channels takes an event that shares one", ["north", "south"], ["south", "west"], true],
    ["an endpoint with channels takes no event of others", ["north"], ["south"], false],
    ["an endpoint with channels takes no event without", ["north"], null, false],
  ])("by channels: %s", async (_what, ofEndpoint, ofEvent, delivers) => {
    const endpoint = await home.addEndpoint({ channels: ofEndpoint });
    const event = { type: "invoice.paid", ...(ofEvent === null ? {} : { channels: ofEvent }) };
    expect(leasedTo(await store(bench, [home.request([event])]))).toEqual(delivers ? [endpoint] : []);
  });

  it("makes a delivery that waits for a paused endpoint", async () => {
    const endpointId = await home.addEndpoint();
    await pauseEndpoint({ context: bench.context, actor: ROOT, tenantId: home.tenant.id, endpointId });
    const rows = await store(bench, [home.request([{ type: "invoice.paid" }])]);
    expect(leasedTo(rows)).toEqual([]);
    expect(rows[0]).toMatchObject({ kind: "event", deliveries: 1, waiting: 1 });
    expect(await readQueue(bench.database, endpointId)).toMatchObject([{ lease: null }]);
  });

  it.each([["disabled" as const], ["deleted" as const]])("makes none for an endpoint that is %s", async (how) => {
    const endpointId = await home.addEndpoint();
    const verb = how === "disabled" ? disableEndpoint : deleteEndpoint;
    await verb({ context: bench.context, actor: ROOT, tenantId: home.tenant.id, endpointId });
    const rows = await store(bench, [home.request([{ type: "invoice.paid" }])]);
    expect(rows).toMatchObject([{ kind: "event", deliveries: 0 }]);
  });

  it("goes to one endpoint alone, whatever its filters, where one is named", async () => {
    const endpoint = await home.addEndpoint({ eventTypes: [], maxInFlight: 1, rateLimitPerSecond: 1 });
    await home.addEndpoint();
    const test = home.request([{ type: "webhook.test" }], { source: "test", targetEndpointId: endpoint });
    expect(leasedTo(await store(bench, [test, test], { nodeRoom: 0 }))).toEqual([endpoint, endpoint]);
  });
});

describe("what the statement checks itself", () => {
  it("refuses a key from the very publish after it was revoked", async () => {
    const { keyId } = await home.addKey();
    const request = home.request([{ type: "invoice.paid" }], { keyId });
    expect(problemOf(await store(bench, [request]))).toEqual([]);
    await revokeApiKey({ context: bench.context, actor: ROOT, tenantId: home.tenant.id, keyId });
    expect(problemOf(await store(bench, [request]))).toEqual(["unauthenticated"]);
  });

  it("refuses a key from its exact end on", async () => {
    const { keyId } = await home.addKey();
    const end = new Date(bench.clock.nowMs() + 60_000);
    const input = { expiresAt: end };
    await updateApiKey({ context: bench.context, actor: ROOT, tenantId: home.tenant.id, keyId, input });
    const request = home.request([{ type: "invoice.paid" }], { keyId });
    const before = new Date(end.getTime() - 1);
    expect(problemOf(await store(bench, [request], { now: before }))).toEqual([]);
    expect(problemOf(await store(bench, [request], { now: end }))).toEqual(["unauthenticated"]);
  });

  it("refuses a key that lost its scope", async () => {
    const { keyId } = await home.addKey("events:publish", "events:read");
    const input = { scopes: ["events:read"] };
    await updateApiKey({ context: bench.context, actor: ROOT, tenantId: home.tenant.id, keyId, input });
    const rows = await store(bench, [home.request([{ type: "invoice.paid" }], { keyId })]);
    expect(problemOf(rows)).toEqual(["scope_required"]);
  });

  it("refuses another tenant's key", async () => {
    const other = await bench.addTenant("invoice.paid");
    const { keyId } = await other.addKey();
    const rows = await store(bench, [home.request([{ type: "invoice.paid" }], { keyId })]);
    expect(problemOf(rows)).toEqual(["unauthenticated"]);
  });

  it("refuses a tenant that is deleted", async () => {
    await deleteTenant({ context: bench.context, actor: ROOT, tenantId: home.tenant.id });
    const rows = await store(bench, [home.request([{ type: "invoice.paid" }])]);
    expect(problemOf(rows)).toEqual(["not_found"]);
  });

  it("refuses a type that is not registered, by name", async () => {
    const rows = await store(bench, [home.request([{ type: "invoice.paid" }, { type: "never.heard" }])]);
    expect(rows).toMatchObject([{ kind: "refused", no: 1, problem: "event_type_unknown", detail: "never.heard" }]);
  });

  it("refuses a test of an endpoint that is disabled", async () => {
    const endpointId = await home.addEndpoint();
    await disableEndpoint({ context: bench.context, actor: ROOT, tenantId: home.tenant.id, endpointId });
    const test = home.request([{ type: "webhook.test" }], { source: "test", targetEndpointId: endpointId });
    expect(problemOf(await store(bench, [test]))).toEqual(["target_gone"]);
  });
});

describe("one batch", () => {
  it("stores a request whole or not at all", async () => {
    const endpoint = await home.addEndpoint();
    await store(bench, [home.request([{ type: "invoice.paid" }, { type: "never.heard" }])]);
    expect(await countEvents()).toBe(0);
    expect(await readQueue(bench.database, endpoint)).toEqual([]);
  });

  it("stores its other requests when one is refused", async () => {
    const endpoint = await home.addEndpoint();
    const rows = await store(bench, [
      home.request([{ type: "invoice.paid", data: "1" }]),
      home.request([{ type: "never.heard" }]),
      home.request([{ type: "user.created", data: "3" }]),
    ]);
    expect(problemOf(rows)).toEqual(["event_type_unknown"]);
    expect(rows.flatMap((row) => (row.kind === "event" ? [row.no] : []))).toEqual([1, 3]);
    expect(await readQueue(bench.database, endpoint)).toHaveLength(2);
  });

  it("gives unique ids that rise in the order of its events", async () => {
    await home.addEndpoint();
    await home.addEndpoint();
    const rows = await store(bench, [
      home.request([{ type: "invoice.paid" }, { type: "user.created" }]),
      home.request([{ type: "invoice.paid" }]),
    ]);
    const events = rows.flatMap((row) => (row.kind === "event" ? [row] : [])).sort((a, b) => a.no - b.no);
    expect(events.map((row) => row.id)).toEqual(events.map((row) => row.id).sort((a, b) => a - b));
    const ids = rows.flatMap((row) => (row.kind === "event" || row.kind === "leased" ? [row.id] : []));
    expect(new Set(ids).size).toBe(3 + 6);
  });

  it("keeps the bytes of each event as they came", async () => {
    const bodies = ['{"a" : 1}', '"\\u00e9é"', "{}", "12345678901234567890.10"];
    const rows = await store(bench, [
      home.request(bodies.slice(0, 2).map((data) => ({ type: "invoice.paid", data }))),
      home.request(bodies.slice(2).map((data) => ({ type: "invoice.paid", data }))),
    ]);
    const ids = rows.flatMap((row) => (row.kind === "event" ? [row.id] : []));
    const text = "select data from events where id = any ($1::bigint[]) order by id";
    const stored = await bench.database.query<{ data: Uint8Array }>({ name: "test-data", text }, [ids]);
    expect(stored.map(({ data }) => Buffer.from(data).toString())).toEqual(bodies);
  });

  it("says the version that each endpoint has in this commit", async () => {
    const endpointId = await home.addEndpoint();
    const versionOf = async (): Promise<number> => {
      const row = (await store(bench, [home.request([{ type: "invoice.paid" }])])).find(
        ({ kind }) => kind === "leased",
      );
      if (row?.kind !== "leased") throw new Error("nothing was leased");
      return row.version;
    };
    const before = await versionOf();
    await pauseEndpoint({ context: bench.context, actor: ROOT, tenantId: home.tenant.id, endpointId });
    await resumeEndpoint({ context: bench.context, actor: ROOT, tenantId: home.tenant.id, endpointId });
    expect(await versionOf()).toBe(before + 2);
  });
});
