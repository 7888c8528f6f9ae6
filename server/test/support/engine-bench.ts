/**
 * What tests of the engine's statements stand on: a database with a tenant of its own, made through the same verbs as
 * the API's, a fake clock, and short ways to publish, claim, record and look.
 */
import { createHash, randomBytes } from "node:crypto";

import { createFakeClock, type FakeClock } from "../../../devkit/fake-clock.ts";
import type { Actor } from "../../src/core/access/actor.ts";
import { createPasswordQueue } from "../../src/core/access/password-queue.ts";
import { createApiKey } from "../../src/core/api-keys/create-api-key.ts";
import type { CoreContext } from "../../src/core/context.ts";
import { parseKeyRing } from "../../src/core/encryption/key-ring.ts";
import { createEndpoint, type CreateEndpointInput } from "../../src/core/endpoints/create-endpoint.ts";
import { putEventType } from "../../src/core/event-types/put-event-type.ts";
import { createTenant } from "../../src/core/tenants/create-tenant.ts";
import type { Tenant } from "../../src/core/tenants/tenant.ts";
import type { Database } from "../../src/db/database.ts";
import { storeEvents } from "../../src/db/queries/store-events.ts";
import type { StoreRow } from "../../src/db/queries/store-rows.ts";
import type { HeldDelivery } from "../../src/pipeline/held-delivery.ts";
import { WHOLE_CAP } from "../../src/pipeline/dispatch/cap-share.ts";
import type { FinishedAttempt } from "../../src/pipeline/record/finished-attempt.ts";
import { buildStoreBatch, type BatchSettings } from "../../src/pipeline/store/build-store-batch.ts";
import type { EventToStore, StoreRequest } from "../../src/pipeline/store/store-request.ts";
import { openTestDatabase, type TestDatabase } from "./database.ts";
import { NO_ENGINE } from "./no-engine.ts";

export const ROOT: Actor = { kind: "root", address: null };

export interface EngineBench extends AsyncDisposable {
  readonly database: TestDatabase;
  readonly clock: FakeClock;
  readonly context: CoreContext;
  /** A tenant with the given event types registered. */
  addTenant(...types: string[]): Promise<TenantBench>;
}

export interface TenantBench {
  readonly tenant: Tenant;
  /** Takes every type unless told otherwise. Resolves to the endpoint's id. */
  addEndpoint(input?: Partial<CreateEndpointInput>): Promise<string>;
  addKey(...scopes: string[]): Promise<{ readonly keyId: string; readonly token: string }>;
  /** A publish of these events. */
  request(events: readonly EventInput[], input?: Partial<StoreRequest>): StoreRequest;
  /** Stores one publish of one event without room on the node: its deliveries wait. Resolves to the event's id. */
  publish(type: string, event?: Partial<EventInput>): Promise<number>;
}

export interface EventInput {
  readonly type: string;
  readonly data?: string;
  readonly channels?: readonly string[];
  readonly id?: string;
}

export async function openEngineBench(now = new Date()): Promise<EngineBench> {
  const database = await openTestDatabase({ now });
  const clock = createFakeClock(now);
  const context: CoreContext = {
    database,
    clock,
    keyRing: parseKeyRing(`test:${randomBytes(32).toString("base64")}`),
    passwordQueue: createPasswordQueue(),
    reveals: true,
    checkTarget: async (url) => ({ ok: true, url, credentials: null }),
    engine: NO_ENGINE,
  };
  return {
    database,
    clock,
    context,
    addTenant: (...types) => addTenant(context, types),
    [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
  };
}

async function addTenant(context: CoreContext, types: readonly string[]): Promise<TenantBench> {
  const tenant = await createTenant({ context, actor: ROOT, input: { name: "Test", slug: `t-${randomHex()}` } });
  for (const name of types) await putEventType({ context, actor: ROOT, tenantId: tenant.id, input: { name } });
  const request: TenantBench["request"] = (events, input) => ({
    tenantId: tenant.id,
    tenantNumber: tenant.number,
    keyId: null,
    source: "publish",
    events: events.map(toEvent),
    targetEndpointId: null,
    idempotency: null,
    ...input,
  });
  return {
    tenant,
    async addEndpoint(input = {}) {
      const given = { url: "https://receiver.example/", ...input };
      const { endpoint } = await createEndpoint({ context, actor: ROOT, tenantId: tenant.id, input: given });
      return endpoint.id;
    },
    async addKey(...scopes) {
      const input = { name: "Test", scopes: scopes.length === 0 ? ["events:publish"] : scopes };
      const { apiKey, token } = await createApiKey({ context, actor: ROOT, tenantId: tenant.id, input });
      return { keyId: apiKey.id, token };
    },
    request,
    async publish(type, event) {
      const rows = await store(context, [request([{ type, ...event }])], { nodeRoom: 0 });
      const stored = rows.find((row) => row.kind === "event");
      if (stored === undefined) throw new Error(`nothing was stored: ${JSON.stringify(rows)}`);
      return stored.id;
    },
  };
}

function toEvent({ type, data = "{}", channels, id }: EventInput): EventToStore {
  const fingerprint = createHash("sha256").update(`${type}\n${data}`).digest("hex");
  return {
    type,
    data: Buffer.from(data),
    channels: channels ?? null,
    id: id === undefined ? null : { key: id, fingerprint },
  };
}

/** Runs the store statement on these publishes, with room for everything unless told otherwise. */
export async function store(
  { database, clock }: Pick<CoreContext, "database" | "clock">,
  requests: readonly StoreRequest[],
  settings: Partial<BatchSettings> = {},
): Promise<StoreRow[]> {
  return storeEvents(
    database,
    buildStoreBatch(requests, {
      now: clock.now(),
      lease: LEASE,
      nodeRoom: 1_000,
      crowded: { endpointIds: [], rooms: [] },
      defaultMaxInFlight: 16,
      eventIdDays: 30,
      capShare: WHOLE_CAP,
      ...settings,
    }),
  );
}

/** The lease of a node that is not registered. */
export const LEASE = 7 * 2 ** 32 + 1;

export interface QueueRow {
  readonly delivery_id: number;
  readonly event_id: number;
  readonly endpoint_id: string;
  readonly source: string;
  readonly run: number;
  readonly attempts: number;
  readonly deferrals: number;
  readonly due_at: Date;
  readonly lease: number | null;
  readonly last_class: string | null;
}

export async function readQueue(database: Database, endpointId: string): Promise<QueueRow[]> {
  return database.query<QueueRow>(
    { name: "test-queue", text: "select * from queue where endpoint_id = $1::uuid order by delivery_id" },
    [endpointId],
  );
}

export interface LaneRow {
  readonly next_turn_at: Date | null;
  readonly parked_until: Date | null;
  readonly never: boolean;
  readonly capped: boolean;
  readonly paced_until: Date | null;
}

/** The endpoint's lane, or null; `never` says that it has no turn. */
export async function readLane(database: Database, endpointId: string): Promise<LaneRow | null> {
  const rows = await database.query<LaneRow>(
    {
      name: "test-lane",
      text: `select nullif(next_turn_at, 'infinity') as next_turn_at, next_turn_at = 'infinity' as never,
        nullif(parked_until, 'infinity') as parked_until, capped, paced_until
        from lanes where endpoint_id = $1::uuid`,
    },
    [endpointId],
  );
  return rows[0] ?? null;
}

export interface DeliveryRow {
  readonly id: number;
  readonly state: string;
  readonly reason: string | null;
  readonly run: number;
  readonly attempts: number;
  readonly last_class: string | null;
  readonly finished_at: Date;
}

export async function readLog(database: Database, endpointId: string): Promise<DeliveryRow[]> {
  return database.query<DeliveryRow>(
    { name: "test-log", text: "select * from deliveries where endpoint_id = $1::uuid order by id" },
    [endpointId],
  );
}

export interface AttemptRow {
  readonly id: number;
  readonly delivery_id: number;
  readonly run: number;
  readonly number: number;
  readonly outcome: string;
  readonly class: string | null;
  readonly decision: string;
  readonly reason: string;
  readonly response_status: number | null;
  readonly response_body: Uint8Array | null;
}

export async function readAttempts(database: Database, endpointId: string): Promise<AttemptRow[]> {
  return database.query<AttemptRow>(
    { name: "test-attempts", text: "select * from attempts where endpoint_id = $1::uuid order by id" },
    [endpointId],
  );
}

/** A held delivery that stands for nothing in particular. */
export function heldDelivery(input: Partial<HeldDelivery> = {}): HeldDelivery {
  return {
    deliveryId: 1,
    eventId: 1,
    tenantId: "00000000-0000-4000-8000-000000000001",
    endpointId: "00000000-0000-4000-8000-000000000002",
    version: 1,
    maxInFlight: 16,
    type: "invoice.paid",
    source: "publish",
    run: 1,
    attempts: 0,
    deferrals: 0,
    eventCreatedAt: new Date(0),
    data: Buffer.from("{}"),
    lease: LEASE,
    probe: null,
    heldSince: performance.now(),
    ...input,
  };
}

/** What the stages would make of a delivery whose receiver accepted, or failed with the class given. */
export function finishedAttempt(
  delivery: HeldDelivery,
  endedAt: Date,
  input: Partial<FinishedAttempt> & { readonly failed?: string } = {},
): FinishedAttempt {
  const { failed, ...rest } = input;
  const next = rest.next ?? { state: failed === undefined ? "succeeded" : "exhausted" };
  const decision = failed === undefined ? "finish" : next.state === "pending" ? "retry" : "give_up";
  return {
    delivery,
    next,
    attempts: delivery.attempts + 1,
    deferrals: delivery.deferrals,
    attempt: {
      startedAt: endedAt,
      outcome: failed === undefined ? "accepted" : "rejected",
      class: failed ?? null,
      requestUrl: "https://receiver.example/",
      requestHeaders: "[]",
      requestBytes: 2,
      requestSha256: new Uint8Array(32).fill(9),
      signedBy: [1],
      answer: {
        status: failed === undefined ? 200 : 500,
        headers: '[["x-answer","yes"]]',
        body: Buffer.from("thanks"),
        bodyBytes: 6,
      },
      address: "127.0.0.1",
      timings: JSON.stringify({
        waitMs: 0,
        dnsMs: null,
        connectMs: 1,
        tlsMs: null,
        firstByteMs: 2,
        totalMs: 3,
        reused: false,
      }),
      tls: null,
      decision,
      reason: "As the test says.",
    },
    heldClass: null,
    health: { source: delivery.source, class: (failed ?? null) as never, decision, endedAt },
    disable: null,
    ...rest,
  };
}

function randomHex(): string {
  return randomBytes(6).toString("hex");
}
