import fc from "fast-check";
import { expect, test } from "vitest";

import type { Endpoint, EventTypeFilter } from "../../core/endpoints/endpoint.ts";
import { NEVER_SET } from "../../core/profile-settings/profile-settings.ts";
import { configSchema, createSchema, updateSchema } from "./schemas.ts";
import {
  EVENT_TYPES,
  fromEndpointId,
  toConfigAnswer,
  toConfigInput,
  toCreateInput,
  toEndpointAnswer,
  toEndpointId,
  toUpdateInput,
} from "./translate.ts";

const AT = new Date("2026-06-01T10:15:30.000Z");
const time = fc.date({ min: AT, max: new Date("2027-01-01T00:00:00Z"), noInvalidDate: true });
const name = fc.stringMatching(/^[a-zA-Z0-9_-]{1,12}(\.[a-zA-Z0-9_-]{1,12}){0,2}$/);
const pattern = fc.oneof(fc.constantFrom("*", "comment.*", "loop.*", ...EVENT_TYPES.slice(0, 9)), name);
const filters: fc.Arbitrary<readonly EventTypeFilter[]> = fc.uniqueArray(fc.record({ pattern, addedAt: time }), {
  selector: (filter) => filter.pattern,
  minLength: 1,
});
const channels = fc.uniqueArray(name, { minLength: 1, maxLength: 10 });

const endpoints: fc.Arbitrary<Endpoint> = fc.record({
  id: fc.uuid(),
  number: fc.integer({ min: 1, max: 2 ** 31 - 1 }),
  tenantId: fc.uuid(),
  url: fc.webUrl(),
  description: fc.string(),
  status: fc.constantFrom("active", "paused", "disabled"),
  statusReason: fc.constant(null),
  eventTypes: fc.option(filters),
  channels: fc.option(channels as fc.Arbitrary<readonly string[]>),
  profile: fc.constantFrom("standard", "velt"),
  envelope: fc.constant("wrapped"),
  headers: fc.constant({}),
  rateLimitPerSecond: fc.option(fc.integer({ min: 1, max: 100_000 })),
  maxInFlight: fc.constant(null),
  timeoutMs: fc.constant(null),
  retryWaits: fc.constant(null),
  verifyTls: fc.boolean(),
  metadata: fc.constant({}),
  uid: fc.option(name),
  signature: fc.constant("hmac"),
  createdAt: time,
  updatedAt: time,
});

test("an endpoint that is sent back as it was shown changes nothing", () => {
  fc.assert(
    fc.property(endpoints, (endpoint) => {
      const shown = toEndpointAnswer(endpoint);
      // A prefix that takes nothing of the catalogue shows as nothing, which the contract cannot be told.
      fc.pre(shown.filterTypes?.length !== 0);
      const data = updateSchema.parse({ ...(JSON.parse(JSON.stringify(shown)) as object), endpointId: shown.id });
      const input = toUpdateInput(data, endpoint);
      expect(input).toMatchObject({ url: undefined, eventTypes: undefined, status: undefined, metadata: undefined });
      expect(input.description).toBe(endpoint.description);
      expect(input.channels).toEqual(endpoint.channels);
      expect(input.rateLimitPerSecond).toBe(endpoint.rateLimitPerSecond);
    }),
  );
});

test("what is created shows as it was given", () => {
  const data = fc.record(
    {
      url: fc.webUrl(),
      description: fc.string({ minLength: 1 }),
      filterTypes: fc.uniqueArray(name, { minLength: 1 }),
      channels,
      disabled: fc.boolean(),
      rateLimit: fc.integer({ min: 1, max: 100_000 }),
      uid: name,
      metadata: fc.dictionary(name, fc.string()),
    },
    { requiredKeys: ["url"] },
  );
  fc.assert(
    fc.property(data, endpoints, (given, base) => {
      const input = toCreateInput(createSchema.parse(given));
      expect(input).toMatchObject({ profile: "velt", withUnregisteredTypes: true });
      expect(input.metadata).toEqual(given.metadata);
      const stored: Endpoint = {
        ...base,
        url: input.url,
        description: input.description ?? "",
        status: input.disabled === true ? "disabled" : "active",
        eventTypes: input.eventTypes?.map((type) => ({ pattern: type, addedAt: AT })) ?? null,
        channels: input.channels ?? null,
        rateLimitPerSecond: input.rateLimitPerSecond ?? null,
        uid: input.uid ?? null,
      };
      const { disabled = false, description = null, filterTypes = null, rateLimit = null, uid = null } = given;
      const shown = { url: given.url, disabled, description, filterTypes, rateLimit, uid };
      expect(toEndpointAnswer(stored)).toMatchObject({ ...shown, channels: given.channels ?? null });
    }),
  );
});

test("only a change of on and off moves the status, and a paused endpoint is on or left alone", () => {
  fc.assert(
    fc.property(endpoints, fc.option(fc.boolean(), { nil: undefined }), (endpoint, disabled) => {
      const wasDisabled = endpoint.status !== "active";
      const { status } = toUpdateInput({ disabled }, endpoint);
      if (disabled === undefined || disabled === wasDisabled) expect(status).toBeUndefined();
      else expect(status).toBe(disabled ? "disabled" : "active");
    }),
  );
});

test("filters that are named are written, in whichever way they differ from what is shown", () => {
  const [endpoint] = fc.sample(endpoints, 1);
  if (endpoint === undefined) throw new Error("there is no sample");
  const writtenTo = (patterns: string[] | null, filterTypes: string[] | null) => {
    const eventTypes = patterns?.map((type) => ({ pattern: type, addedAt: AT })) ?? null;
    return toUpdateInput({ filterTypes }, { ...endpoint, eventTypes }).eventTypes;
  };
  expect(writtenTo(["huddle.*"], ["huddle.join", "huddle.create"])).toBeUndefined();
  expect(writtenTo(["huddle.*"], ["huddle.join"])).toEqual(["huddle.join"]);
  expect(writtenTo(["huddle.*"], null)).toBeNull();
  expect(writtenTo(["*"], null)).toBeUndefined();
  expect(writtenTo(null, null)).toBeUndefined();
  expect(writtenTo(null, ["a"])).toEqual(["a"]);
});

test("the ids of endpoints lead back", () => {
  fc.assert(
    fc.property(fc.uuid(), (uuid) => {
      expect(fromEndpointId(toEndpointId(uuid))).toBe(uuid);
    }),
  );
});

test("a configuration that is sent back as it was shown changes nothing", () => {
  const flags = { encodeData: fc.boolean(), encryptData: fc.boolean(), enableDataProtection: fc.boolean() };
  const settings = fc.record({ ...flags, enabled: fc.boolean(), publicKey: fc.base64String() });
  fc.assert(
    fc.property(settings, (set) => {
      const { available: _, ...all } = { ...NEVER_SET, ...set };
      expect(toConfigInput(configSchema.parse(toConfigAnswer({ ...NEVER_SET, ...set })))).toEqual(all);
    }),
  );
  expect(toConfigAnswer(NEVER_SET).isEnabled).toBe(false);
});
