import fc from "fast-check";
import { expect, test } from "vitest";
import { fromNumberId, fromUuidId, toNumberId, toUuidId } from "./public-id.ts";

test("a number comes back from its public id, and ids sort as their numbers", () => {
  fc.assert(
    fc.property(fc.maxSafeNat(), fc.maxSafeNat(), (a, b) => {
      expect(fromNumberId("evt", toNumberId("evt", a))).toBe(a);
      expect(toNumberId("evt", a) < toNumberId("evt", b)).toBe(a < b);
    }),
  );
});

test("a UUID comes back from its public id", () => {
  fc.assert(
    fc.property(fc.uuid(), (uuid) => {
      expect(fromUuidId("ep", toUuidId("ep", uuid))).toBe(uuid);
    }),
  );
});

test("any other text is no id", () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(fromNumberId("evt", text)).toBeNull();
      expect(fromUuidId("ep", text)).toBeNull();
    }),
  );
  expect(fromNumberId("evt", toNumberId("dlv", 5))).toBeNull();
  expect(fromNumberId("evt", "evt_zzzzzzzzzzz")).toBeNull();
  expect(fromUuidId("ep", `ep_${"z".repeat(26)}`)).toBeNull();
});
