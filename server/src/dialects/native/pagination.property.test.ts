import { z } from "@hono/zod-openapi";
import fc from "fast-check";
import { expect, test } from "vitest";

import { CoreError } from "../../core/errors/core-error.ts";
import { decodeCursor, toListAnswer } from "./pagination.ts";

const positionSchema = z.tuple([z.int(), z.string()]);

test("a cursor leads back to the position it was made of", () => {
  fc.assert(
    fc.property(fc.tuple(fc.maxSafeInteger(), fc.string({ unit: "grapheme" })), (position) => {
      const { nextCursor } = toListAnswer({ items: [], after: position }, (item) => item);
      expect(nextCursor).toMatch(/^[A-Za-z0-9_-]+$/);
      expect(decodeCursor(nextCursor ?? "", positionSchema)).toEqual(position);
    }),
  );
});

test("without a position there is no cursor, and without a cursor no position", () => {
  expect(toListAnswer({ items: [1], after: null }, String)).toEqual({ data: ["1"], nextCursor: null });
  expect(decodeCursor(undefined, positionSchema)).toBeNull();
});

test("any other text is refused, never thrown at", () => {
  const text = fc.oneof(
    fc.string(),
    fc.base64String(),
    fc.json().map((json) => Buffer.from(json).toString("base64url")),
  );
  fc.assert(
    fc.property(text, (cursor) => {
      try {
        expect(positionSchema.safeParse(decodeCursor(cursor, positionSchema)).success).toBe(true);
      } catch (error) {
        expect(error).toBeInstanceOf(CoreError);
        expect(error).toMatchObject({ code: "validation_failed", problems: [{ path: "/cursor" }] });
      }
    }),
  );
});
