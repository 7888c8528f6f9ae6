import { expect, test } from "vitest";

import { scanBelow, toScanPage } from "./scan-page.ts";

const NOON = new Date("2026-01-31T12:00:00Z");
const item = (id: number) => ({ id });
const reach = { limit: 2, floor: 5, floorCreatedAt: NOON, createdAfter: undefined };

test("a full page goes on after its last item, not after the window", () => {
  expect(toScanPage({ ...reach, rows: [9, 8, 7].map(item) })).toEqual({ items: [{ id: 9 }, { id: 8 }], after: 8 });
});

test("a short page goes on where its window ended, and ends where the scan ended", () => {
  expect(toScanPage({ ...reach, rows: [item(9)] }).after).toBe(5);
  expect(toScanPage({ ...reach, rows: [item(9)], floor: null, floorCreatedAt: null }).after).toBeNull();
});

test("a page ends when its window reached well below the time that was asked for", () => {
  const hoursLater = (hours: number) => new Date(NOON.getTime() + hours * 3_600_000);
  expect(toScanPage({ ...reach, rows: [], createdAfter: hoursLater(0.5) }).after).toBe(5);
  expect(toScanPage({ ...reach, rows: [], createdAfter: hoursLater(2) }).after).toBeNull();
});

test("a scan begins below the page before, and not far above the time that was asked for", () => {
  const hourAfterNoon = (NOON.getTime() + 3_600_000) * 1000;
  expect(scanBelow(null, undefined)).toBe(Number.MAX_SAFE_INTEGER);
  expect(scanBelow(7, undefined)).toBe(7);
  expect(scanBelow(null, NOON)).toBe(hourAfterNoon);
  expect(scanBelow(7, NOON)).toBe(7);
});
