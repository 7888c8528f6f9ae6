import { expect, test } from "vitest";

import { hadEnded, parseSnapshot } from "./snapshot.ts";

test("what had ended is told from what ran and what had not begun", () => {
  const snapshot = parseSnapshot("10:14:10,12");
  expect([9, 10, 11, 12, 13, 14, 15].map((id) => hadEnded(snapshot, id))).toEqual([
    true,
    false,
    true,
    false,
    true,
    false,
    false,
  ]);
  expect(hadEnded(parseSnapshot("7:7:"), 6)).toBe(true);
  expect(() => parseSnapshot("7:7")).toThrow("no snapshot");
});
