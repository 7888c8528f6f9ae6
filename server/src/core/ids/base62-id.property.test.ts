import fc from "fast-check";
import { expect, test } from "vitest";

import { fromBase62Id, toBase62Id } from "./base62-id.ts";

test("every UUID has one id of 27 digits, and that leads back to it", () => {
  fc.assert(
    fc.property(fc.uuid(), (uuid) => {
      const id = toBase62Id("ep", uuid);
      expect(id).toMatch(/^ep_[0-9A-Za-z]{27}$/);
      expect(fromBase62Id("ep", id)).toBe(uuid);
    }),
  );
});

test("a text that is no id names nothing, and one that is names the UUID it is the id of", () => {
  const digits = fc.string({ unit: fc.constantFrom(..."0aZ9zA_-"), maxLength: 30 });
  fc.assert(
    fc.property(
      fc.oneof(
        digits,
        fc.string(),
        digits.map((text) => `00000${text}`),
      ),
      (text) => {
        const uuid = fromBase62Id("ep", `ep_${text}`);
        if (uuid !== null) expect(toBase62Id("ep", uuid)).toBe(`ep_${text}`);
      },
    ),
  );
});

test.each([
  "",
  "ep_",
  "ep_2vK9mPzGqLxYwBnRtCdHsJfAeUo",
  "msg_000000000000000000000000000",
  "ep_zzzzzzzzzzzzzzzzzzzzzzzzzzz",
])("%j is no endpoint's id", (id) => {
  expect(fromBase62Id("ep", id)).toBeNull();
});

test("the largest UUID is the largest id", () => {
  const largest = "ffffffff-ffff-ffff-ffff-ffffffffffff";
  expect(fromBase62Id("ep", toBase62Id("ep", largest))).toBe(largest);
  expect(toBase62Id("ep", "00000000-0000-0000-0000-000000000000")).toBe(`ep_${"0".repeat(27)}`);
});
