import fc from "fast-check";
import { expect, test } from "vitest";

import { fromIterator, toIterator } from "./iterator.ts";

const number = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });

test("an iterator leads back to its position", () => {
  const positions = fc.oneof(
    number.map((after) => ({ after })),
    number.map((before) => ({ before })),
  );
  fc.assert(
    fc.property(positions, (position) => {
      const iterator = toIterator(position);
      expect(iterator).toMatch(/^[A-Za-z0-9_-]+$/);
      expect(fromIterator(iterator)).toEqual(position);
    }),
  );
});

test("any other text is refused, and none is the first page", () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1 }), (text) => {
      try {
        const position = fromIterator(text);
        expect(Object.values(position ?? {}).every(Number.isInteger)).toBe(true);
      } catch (error) {
        expect(error).toMatchObject({ code: "validation_failed" });
      }
    }),
  );
  for (const none of [undefined, null, ""]) expect(fromIterator(none)).toBeNull();
  expect(toIterator(null)).toBeNull();
});
