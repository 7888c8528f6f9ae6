import fc from "fast-check";
import { expect, test } from "vitest";

import type { Delivery } from "../../core/deliveries/delivery.ts";
import type { Endpoint, EventTypeFilter } from "../../core/endpoints/endpoint.ts";
import type { EndpointStanding } from "../../core/endpoints/endpoint-standing.ts";
import { fromNumberUuid } from "../../core/ids/number-uuid.ts";
import { createEndpointSchema, EVENT_TYPES, updateEndpointSchema } from "./schemas.ts";
import { toCreatedAnswer, toCreateInput, toDeliveryAnswer, toEndpointAnswer, toUpdateInput } from "./translate.ts";

const AT = new Date("2026-03-01T12:00:00.123Z");
const time = fc.date({ min: AT, max: new Date("2027-01-01T00:00:00Z"), noInvalidDate: true });
const pattern = fc.constantFrom("*", "signup.*", "slot.*", "invoice.paid", "invoice.*", ...EVENT_TYPES.slice(0, 6));
const filters = fc.uniqueArray(fc.record({ pattern, addedAt: time }), { selector: (filter) => filter.pattern });

const endpoints: fc.Arbitrary<Endpoint> = fc.record({
  id: fc.uuid(),
  number: fc.integer({ min: 1, max: 2 ** 31 - 1 }),
  tenantId: fc.uuid(),
  url: fc.webUrl(),
  description: fc.string(),
  status: fc.constantFrom("active", "paused", "disabled"),
  statusReason: fc.constantFrom(null, "manual", "failing", "gone", "held"),
  eventTypes: fc.option(filters as fc.Arbitrary<readonly EventTypeFilter[]>),
  channels: fc.constant(null),
  profile: fc.constantFrom("standard", "thesignup"),
  envelope: fc.constant("wrapped"),
  signature: fc.constant("hmac"),
  headers: fc.constant({}),
  rateLimitPerSecond: fc.constant(null),
  maxInFlight: fc.constant(null),
  timeoutMs: fc.constant(null),
  retryWaits: fc.constant(null),
  verifyTls: fc.boolean(),
  metadata: fc.constant({}),
  uid: fc.constant(null),
  createdAt: time,
  updatedAt: time,
});
const standings: fc.Arbitrary<EndpointStanding> = fc.record({
  endpoint: endpoints,
  stoppedAt: fc.option(time),
  consecutiveFailures: fc.nat({ max: 30 }),
  lastSuccessAt: fc.option(time),
  lastFailureAt: fc.option(time),
});

test("an endpoint that is sent back as it was shown changes nothing", () => {
  fc.assert(
    fc.property(standings, (standing) => {
      const { endpoint } = standing;
      const shown = JSON.parse(JSON.stringify(toEndpointAnswer(standing))) as { eventTypes: string[] };
      const input = toUpdateInput(updateEndpointSchema(new Set(shown.eventTypes)).parse(shown), endpoint);
      expect(input).toMatchObject({ url: undefined, eventTypes: undefined, status: undefined });
      expect(input.description).toBe(endpoint.description);
    }),
  );
});

test("what is created shows as it was given, each type once, by both names of the member", () => {
  const types = fc.array(fc.constantFrom("*", "item.*", ...EVENT_TYPES));
  const bodies = fc.record(
    { url: fc.webUrl(), description: fc.option(fc.string()), eventTypes: types, events: types },
    { requiredKeys: ["url"] },
  );
  fc.assert(
    fc.property(bodies, standings, (body, base) => {
      const { url, description = "", eventTypes, profile } = toCreateInput(createEndpointSchema.parse(body));
      expect(profile).toBe("thesignup");
      const stored: Endpoint = {
        ...base.endpoint,
        url,
        description,
        eventTypes: eventTypes?.map((name) => ({ pattern: name, addedAt: AT })) ?? null,
      };
      const names = [...new Set(body.eventTypes ?? body.events ?? [])];
      const shown = toEndpointAnswer({ ...base, endpoint: stored });
      expect(shown).toMatchObject({ url: body.url, description: body.description || null });
      expect([shown.eventTypes, shown.events]).toEqual([names, names]);
    }),
  );
});

test("the answer that creates has every member by each of its names", () => {
  fc.assert(
    fc.property(standings, (standing) => {
      const endpoint = toEndpointAnswer(standing);
      const created = toCreatedAnswer({ endpoint, signingSecret: "whsec_x" });
      expect(created).toEqual({ ...endpoint, endpoint, signingSecret: "whsec_x", secret: "whsec_x" });
      expect([created.created_at, created.updated_at]).toEqual([created.createdAt, created.updatedAt]);
    }),
  );
});

test("only a change of paused moves the status", () => {
  fc.assert(
    fc.property(endpoints, fc.boolean(), (endpoint, paused) => {
      const { status, forgetsFailures } = toUpdateInput(updateEndpointSchema(new Set()).parse({ paused }), endpoint);
      const isChange = paused !== (endpoint.status !== "active");
      expect(status).toBe(isChange ? (paused ? "paused" : "active") : undefined);
      expect(forgetsFailures).toBe(!paused);
    }),
  );
});

test("a delivery has one end and its time, and an id that leads back", () => {
  const deliveries: fc.Arbitrary<Delivery> = fc
    .record({
      id: fc.maxSafeNat(),
      eventId: fc.maxSafeNat(),
      endpointId: fc.uuid(),
      type: fc.constantFrom(...EVENT_TYPES),
      state: fc.constantFrom("pending", "in_flight", "succeeded", "exhausted", "cancelled"),
      source: fc.constantFrom("publish", "resend"),
      run: fc.integer({ min: 1, max: 5 }),
      attemptCount: fc.nat({ max: 6 }),
      createdAt: time,
      at: time,
      lastStatus: fc.option(fc.integer({ min: 200, max: 599 })),
    })
    .map(({ at, ...rest }) => ({
      ...rest,
      reason: rest.state === "cancelled" ? "requested" : null,
      dueAt: rest.state === "pending" ? at : null,
      finishedAt: rest.state === "pending" || rest.state === "in_flight" ? null : at,
      lastAttemptAt: null,
      lastClass: null,
    }));
  fc.assert(
    fc.property(deliveries, (delivery) => {
      const { id, status, deliveredAt, dlqAt, errorMessage } = toDeliveryAnswer(delivery);
      expect(fromNumberUuid(id)).toBe(delivery.id);
      const finishedAt = delivery.finishedAt?.toISOString() ?? null;
      expect([deliveredAt, dlqAt]).toEqual([
        status === "delivered" ? finishedAt : null,
        status === "dlq" ? finishedAt : null,
      ]);
      if (finishedAt === null) expect(status).toBe(delivery.attemptCount > 0 ? "failed" : "pending");
      expect(errorMessage === null).toBe(delivery.state !== "cancelled");
    }),
  );
});
