import fc from "fast-check";
import { expect, test } from "vitest";

import { fromNameText, toNameText } from "./name-text.ts";

const byUuid = fc.tuple(fc.constantFrom("tenant", "api_key", "user", "endpoint"), fc.uuid());
const byNumber = fc.tuple(fc.constantFrom("event", "delivery"), fc.maxSafeNat());
const byText = fc.tuple(fc.constant("event_type"), fc.stringMatching(/^[a-z.]{1,20}$/));
const name = fc.oneof(
  fc.constantFrom("root", "anonymous"),
  fc.oneof(byUuid, byNumber, byText).map(([kind, key]) => `${kind}:${key}`),
);

test("a name reads back as it was written", () => {
  fc.assert(
    fc.property(name, (each) => {
      expect(fromNameText(toNameText(each))).toBe(each);
    }),
  );
});

test("no text makes the reader throw, and what it takes it writes back as the same text", () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const read = fromNameText(text);
      if (read !== null) expect(toNameText(read)).toBe(text);
    }),
  );
});

test.each(["", "endpoint", "endpoint:", "endpoint:key_1", "nobody", "user:root", "constructor:x"])(
  "%s names nothing",
  (text) => {
    expect(fromNameText(text)).toBeNull();
  },
);
