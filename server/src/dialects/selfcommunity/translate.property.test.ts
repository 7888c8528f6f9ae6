import fc from "fast-check";
import { expect, test } from "vitest";

import type { Endpoint, EventTypeFilter } from "../../core/endpoints/endpoint.ts";
import { endpointChangeSchema, endpointSchema } from "./schemas.ts";
import { EVENT_TYPES, knownTypes, toCreateInput, toEndpointAnswer, toTime, toUpdateInput } from "./translate.ts";

const AT = new Date("2026-03-01T12:00:00.123Z");
const time = fc.date({ min: AT, max: new Date("2027-01-01T00:00:00Z"), noInvalidDate: true });
const pattern = fc.constantFrom("*", "comment.*", "loyalty.*", "invoice.paid", "invoice.*", ...EVENT_TYPES.slice(0, 9));
const filters = fc.uniqueArray(fc.record({ pattern, addedAt: time }), { selector: (filter) => filter.pattern });

const endpoints: fc.Arbitrary<Endpoint> = fc.record({
  id: fc.uuid(),
  number: fc.integer({ min: 1, max: 2 ** 31 - 1 }),
  tenantId: fc.uuid(),
  url: fc.webUrl(),
  description: fc.string(),
  status: fc.constantFrom("active", "paused", "disabled"),
  statusReason: fc.constant(null),
  eventTypes: fc.option(filters as fc.Arbitrary<readonly EventTypeFilter[]>),
  channels: fc.constant(null),
  profile: fc.constantFrom("standard", "selfcommunity"),
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

test("an endpoint that is sent back as it was shown changes nothing", () => {
  fc.assert(
    fc.property(endpoints, (endpoint) => {
      const shown = JSON.parse(JSON.stringify(toEndpointAnswer(endpoint))) as unknown;
      const input = toUpdateInput(endpointSchema(knownTypes(endpoint)).parse(shown), endpoint);
      expect(input).toMatchObject({ url: undefined, eventTypes: undefined, status: undefined });
      expect(input.description ?? endpoint.description).toBe(endpoint.description);
      expect(input.verifyTls).toBe(endpoint.verifyTls);
    }),
  );
});

test("what is created shows as it was given, each type once", () => {
  const bodies = fc.record(
    {
      target: fc.webUrl(),
      events: fc.array(fc.record({ type: fc.constantFrom(...EVENT_TYPES) })),
      is_active: fc.boolean(),
      description: fc.string(),
      ssl_cert_verification: fc.boolean(),
    },
    { requiredKeys: ["target", "events"] },
  );
  fc.assert(
    fc.property(bodies, endpoints, (body, base) => {
      const input = toCreateInput(endpointSchema(knownTypes(null)).parse(body));
      const { url, description = "", eventTypes, verifyTls = true, disabled } = input;
      const stored: Endpoint = {
        ...base,
        url,
        description,
        verifyTls,
        status: disabled === true ? "disabled" : "active",
        eventTypes: (eventTypes ?? []).map((name) => ({ pattern: name, addedAt: AT })),
      };
      expect(toEndpointAnswer(stored)).toMatchObject({
        target: body.target,
        description: body.description ?? "",
        is_active: body.is_active ?? true,
        ssl_cert_verification: body.ssl_cert_verification ?? true,
        events: [...new Set(body.events.map(({ type }) => type))].map((type) => ({ type, added_at: toTime(AT) })),
      });
    }),
  );
});

test("only a change of on and off moves the status, and a paused endpoint is on or left alone", () => {
  fc.assert(
    fc.property(endpoints, fc.option(fc.boolean()), (endpoint, isActive) => {
      const body = endpointChangeSchema(new Set()).parse(isActive === null ? {} : { is_active: isActive });
      const { status } = toUpdateInput(body, endpoint);
      const wasActive = endpoint.status === "active";
      if (isActive === null || isActive === wasActive) expect(status).toBeUndefined();
      else expect(status).toBe(isActive ? "active" : "disabled");
    }),
  );
});

test("times have six digits of a second", () => {
  expect(toTime(AT)).toBe("2026-03-01T12:00:00.123000Z");
});

test("an endpoint of all types shows the whole catalogue", () => {
  const [endpoint] = fc.sample(endpoints, 1);
  if (endpoint === undefined) throw new Error("there is no sample");
  const { events } = toEndpointAnswer({ ...endpoint, eventTypes: null });
  expect(events.map(({ type }) => type)).toEqual(EVENT_TYPES);
});
