import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";

import { type EngineBench, openEngineBench, ROOT, type TenantBench } from "../../../test/support/engine-bench.ts";
import { hashToken } from "../../core/access/api-key-token.ts";
import { createApiKey } from "../../core/api-keys/create-api-key.ts";
import { revokeApiKey } from "../../core/api-keys/revoke-api-key.ts";
import { putEventType } from "../../core/event-types/put-event-type.ts";
import { createTenant } from "../../core/tenants/create-tenant.ts";
import { deleteTenant } from "../../core/tenants/delete-tenant.ts";
import { EventStore } from "../store/event-store.ts";
import { publishEvents, type Published } from "./publish-events.ts";
import { PublisherDirectory } from "./recognise-publisher.ts";
import { WHOLE_CAP } from "../dispatch/cap-share.ts";

const ROOT_KEY = "root-key-of-this-test-only";

let bench: EngineBench;
let home: TenantBench;
let store: EventStore;
let publishers: PublisherDirectory;
const running = new Set<string>();

beforeAll(async () => {
  bench = await openEngineBench();
  store = new EventStore({
    ...bench,
    defaultMaxInFlight: 16,
    eventIdDays: 30,
    nextLease: () => 1,
    capShare: () => WHOLE_CAP,
    nodeRoom: () => 0,
    crowded: () => ({ endpointIds: [], rooms: [] }),
    onLeased() {},
    onWaiting() {},
  });
  publishers = new PublisherDirectory(bench.context, hashToken(ROOT_KEY));
});
afterAll(() => bench[Symbol.asyncDispose]());
beforeEach(async () => {
  home = await bench.addTenant("a");
});

interface Publish {
  readonly token?: string | null;
  readonly tenant?: string;
  readonly body?: string;
  readonly batch?: boolean;
  readonly idempotencyKey?: string;
}

async function publish(input: Publish = {}): Promise<Published> {
  const { token = ROOT_KEY, tenant = home.tenant.slug, body = '{"type":"a","data":{}}' } = input;
  const publisher = await publishers.recognise({ token, tenantReference: tenant, address: null });
  return publishEvents(
    { store, running },
    {
      publisher,
      kind: input.batch === true ? "batch" : "single",
      body: Buffer.from(body),
      idempotencyKey: input.idempotencyKey ?? null,
    },
  );
}

describe("who publishes", () => {
  it("is the root key in every tenant, and a key in its own", async () => {
    const { token } = await home.addKey();
    expect((await publish()).events).toHaveLength(1);
    expect((await publish({ token })).events).toHaveLength(1);
    const other = await bench.addTenant("a");
    await expect(publish({ token, tenant: other.tenant.slug })).rejects.toMatchObject({ code: "not_found" });
  });

  it("is refused without a token, and with one that nobody has", async () => {
    await expect(publish({ token: null })).rejects.toMatchObject({ code: "unauthenticated" });
    await expect(publish({ token: `ph_${"x".repeat(40)}` })).rejects.toMatchObject({ code: "unauthenticated" });
  });

  it("is refused from the very next event after the key was revoked, although it is remembered", async () => {
    const { keyId, token } = await home.addKey();
    await publish({ token });
    await revokeApiKey({ context: bench.context, actor: ROOT, tenantId: home.tenant.id, keyId });
    await expect(publish({ token })).rejects.toMatchObject({ code: "unauthenticated" });
  });

  it("is told that a key lacks the scope", async () => {
    const { token } = await home.addKey("events:read");
    await expect(publish({ token })).rejects.toMatchObject({ code: "scope_required" });
  });

  it("is refused in a tenant that was deleted, although it is remembered", async () => {
    await publish();
    await deleteTenant({ context: bench.context, actor: ROOT, tenantId: home.tenant.id });
    await expect(publish()).rejects.toMatchObject({ code: "not_found" });
  });

  it("publishes into the tenant that has the slug now", async () => {
    const { slug } = home.tenant;
    await publish();
    await deleteTenant({ context: bench.context, actor: ROOT, tenantId: home.tenant.id });
    const tenant = await createTenant({ context: bench.context, actor: ROOT, input: { name: "Again", slug } });
    await putEventType({ context: bench.context, actor: ROOT, tenantId: tenant.id, input: { name: "a" } });
    const input = { name: "New", scopes: ["events:publish"] };
    const { token } = await createApiKey({ context: bench.context, actor: ROOT, tenantId: tenant.id, input });
    expect((await publish({ token })).events).toHaveLength(1);
    expect((await publish()).events).toHaveLength(1);
  });
});

describe("what is published", () => {
  it("is answered with one id an event, in the order of the body", async () => {
    const body = '{"events":[{"type":"a","data":1},{"type":"a","data":2}]}';
    const { events, repeated } = await publish({ batch: true, body });
    expect(events).toHaveLength(2);
    expect(repeated).toBe(false);
    expect(events[0]?.id).toBeLessThan(events[1]?.id ?? 0);
  });

  it("is stored as the bytes that came", async () => {
    const data = '{ "n" : 12345678901234567890.10, "s":"\\u00e9é" }';
    const { events } = await publish({ body: `{"data":${data} ,"type":"a"}` });
    const text = "select data from events where id = $1::bigint";
    const [row] = await bench.database.query<{ data: Buffer }>({ name: "test-data", text }, [events[0]?.id]);
    expect(row?.data.toString()).toBe(data);
  });

  it("is refused with the path of each mistake", async () => {
    await expect(publish({ body: '{"type":"no spaces","data":1,"more":1}' })).rejects.toMatchObject({
      code: "validation_failed",
      problems: [{ path: "/type" }, { path: "/more" }],
    });
  });

  it("is refused when it is larger than an event may be", async () => {
    await expect(publish({ body: `{"type":"a","data":"${"x".repeat(262_143)}"}` })).rejects.toMatchObject({
      code: "data_too_large",
    });
  });

  it("is refused with the path of the type that is not registered", async () => {
    const body = '{"events":[{"type":"a","data":1},{"type":"b","data":2}]}';
    await expect(publish({ batch: true, body })).rejects.toMatchObject({
      code: "event_type_unknown",
      problems: [{ path: "/events/1/type" }],
    });
  });
});

describe("publishing again", () => {
  it("gives the first answer for the same Idempotency-Key and body", async () => {
    const first = await publish({ idempotencyKey: "i" });
    expect(await publish({ idempotencyKey: "i" })).toEqual({ events: first.events, repeated: true });
  });

  it("is refused for another body under the key", async () => {
    await publish({ idempotencyKey: "i" });
    await expect(publish({ idempotencyKey: "i", body: '{"type":"a","data":[]}' })).rejects.toMatchObject({
      code: "idempotency_key_reused",
    });
  });

  it("is refused while the first is still running, and free when that was refused", async () => {
    // Known to the directory, so that both come to the store in the order in which they are made here.
    await publish();
    const first = publish({ idempotencyKey: "i", body: '{"type":"b","data":1}' });
    const settled = await Promise.allSettled([first, publish({ idempotencyKey: "i" })]);
    expect(settled).toMatchObject([
      { reason: { code: "event_type_unknown" } },
      { reason: { code: "idempotency_in_progress" } },
    ]);
    expect((await publish({ idempotencyKey: "i" })).repeated).toBe(false);
  });

  it("is refused for another content under an event's id", async () => {
    await publish({ body: '{"type":"a","data":1,"id":"k"}' });
    expect((await publish({ body: '{ "id":"k", "type":"a","data":1}' })).repeated).toBe(true);
    await expect(publish({ body: '{"type":"a","data":1.0,"id":"k"}' })).rejects.toMatchObject({
      code: "event_id_reused",
    });
  });
});
