import fc from "fast-check";
import { expect, test } from "vitest";
import { OPERATIONAL_TYPES } from "./operational-types.ts";
import { matchesType, toEndpointRouteKeys, toEventRouteKeys } from "./route-keys.ts";

const part = fc.constantFrom("a", "b", "ab", "a-b", "_");
const type = fc.oneof(
  fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join(".")),
  fc.constantFrom<string>(...OPERATIONAL_TYPES),
);
const pattern = fc.oneof(
  type,
  type.map((name) => `${name}.*`),
  fc.constantFrom("*", "endpoint.*"),
);

test("keys meet exactly where one of the filters takes the type", () => {
  fc.assert(
    fc.property(fc.option(fc.array(pattern, { maxLength: 4 })), type, (eventTypes, published) => {
      const wanted = toEndpointRouteKeys({ tenantNumber: 7, profile: "standard", eventTypes, listens: true });
      const offered = toEventRouteKeys(7, published);
      const naive = (eventTypes ?? ["*"]).some((filter) => matchesType(filter, published));
      expect(wanted.some((key) => offered.includes(key))).toBe(naive);
    }),
    { numRuns: 2_000 },
  );
});

test("another tenant's event never meets an endpoint's keys", () => {
  fc.assert(
    fc.property(fc.option(fc.array(pattern)), type, fc.nat(), fc.nat(), (eventTypes, published, mine, other) => {
      fc.pre(mine !== other);
      const wanted = toEndpointRouteKeys({ tenantNumber: mine, profile: "velt", eventTypes, listens: true });
      expect(toEventRouteKeys(other, published).some((key) => wanted.includes(key))).toBe(false);
    }),
  );
});

test("an endpoint that does not listen has no key", () => {
  expect(toEndpointRouteKeys({ tenantNumber: 1, profile: "velt", eventTypes: null, listens: false })).toEqual([]);
});

test("all types of Velt take its own operational event, and no other operational one", () => {
  const keysOf = (eventTypes: string[] | null) =>
    toEndpointRouteKeys({ tenantNumber: 1, profile: "velt", eventTypes, listens: true });
  const isReached = (keys: string[], type: string) => toEventRouteKeys(1, type).some((key) => keys.includes(key));
  expect(OPERATIONAL_TYPES.filter((type) => isReached(keysOf(null), type))).toEqual(["message.attempt.exhausted"]);
  expect(OPERATIONAL_TYPES.filter((type) => isReached(keysOf(["*"]), type))).toEqual([]);
  expect(isReached(keysOf(null), "comment.add")).toBe(true);
});

test("a prefix takes what lies below it and not the prefix itself", () => {
  expect(matchesType("signup.*", "signup.created")).toBe(true);
  expect(matchesType("signup.*", "signup.item.added")).toBe(true);
  expect(matchesType("signup.*", "signup")).toBe(false);
  expect(matchesType("signup.*", "signups.created")).toBe(false);
});

test("operational events reach those that name them, and not those that take all types", () => {
  expect(toEventRouteKeys(3, "endpoint.failing")).toEqual(["3:endpoint.failing", "3:endpoint.*"]);
  expect(toEventRouteKeys(3, "invoice.paid")).toEqual(["3:invoice.paid", "3:invoice.*", "3:*"]);
});
