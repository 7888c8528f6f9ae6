/**
 * Pages of a list that looks at a bounded window of the newest rows and keeps what matches. The page ends where the
 * window ended, not where the matches did: it may be short, even empty, and still have another after it. Ids rise with
 * time, roughly, which lets a time bound say where to begin and when to stop.
 */
import type { Page } from "./page.ts";

/** What a filtered page looks at: some ten milliseconds of work. */
export const SCAN_WINDOW = 10_000;

/** How far ids and times may disagree: ids follow the clock within minutes, and a clock may be set back. */
const ID_SLACK_MS = 3_600_000;
const MICROSECONDS_A_MS = 1000;

/** Ids below this are looked at: those below the last page's, and not those that are surely too new. */
export function scanBelow(after: number | null, createdBefore: Date | undefined): number {
  const byPage = after ?? Number.MAX_SAFE_INTEGER;
  if (createdBefore === undefined) return byPage;
  const byTime = (createdBefore.getTime() + ID_SLACK_MS) * MICROSECONDS_A_MS;
  return Math.max(0, Math.min(byPage, byTime));
}

/** Ids from this one on are looked at: not those that are surely too old. */
export function scanFrom(createdAfter: Date | undefined): number {
  return createdAfter === undefined ? 0 : Math.max(0, (createdAfter.getTime() - ID_SLACK_MS) * MICROSECONDS_A_MS);
}

/**
 * The page of a scan. `rows` are up to `limit + 1` matches; `floor` is the lowest id looked at, null when the scan
 * reached the end.
 */
export function toScanPage<Item extends { readonly id: number }>(options: {
  readonly rows: readonly Item[];
  readonly limit: number;
  readonly floor: number | null;
  readonly floorCreatedAt: Date | null;
  readonly createdAfter: Date | undefined;
}): Page<Item, number> {
  const { rows, limit, floor, floorCreatedAt, createdAfter } = options;
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  if (rows.length > limit && last !== undefined) return { items, after: last.id };
  const isPastTime =
    createdAfter !== undefined &&
    floorCreatedAt !== null &&
    floorCreatedAt.getTime() < createdAfter.getTime() - ID_SLACK_MS;
  return { items, after: isPastTime ? null : floor };
}
