import fc from "fast-check";
import { expect, test } from "vitest";
import { z } from "zod";

import { fromNumberUuid, toNumberUuid } from "./number-uuid.ts";

test("every key has a UUID of its own that leads back to it, in the order of the keys", () => {
  const key = fc.maxSafeNat();
  fc.assert(
    fc.property(key, key, (one, other) => {
      const uuid = toNumberUuid(one);
      expect(z.uuid().safeParse(uuid).success).toBe(true);
      expect(fromNumberUuid(uuid)).toBe(one);
      expect(fromNumberUuid(uuid.toUpperCase())).toBe(one);
      expect(uuid < toNumberUuid(other)).toBe(one < other);
    }),
  );
});

test("other UUIDs, keys beyond the bound and other texts are none", () => {
  fc.assert(
    fc.property(fc.oneof(fc.uuid({ version: [1, 4, 7] }), fc.string()), (text) => {
      expect(fromNumberUuid(text)).toBeNull();
    }),
  );
  expect(fromNumberUuid("00000000-0000-8000-8fff-ffffffffffff")).toBeNull();
  expect(fromNumberUuid("00000000-0000-8000-8020-000000000000")).toBeNull();
});
