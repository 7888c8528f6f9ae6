/**
 * A place in the order of the feed: everything up to it has been read, and nothing can come before it any more. Also
 * how far a page of the feed reaches (pure).
 */
import type { FeedPage } from "../../db/queries/read-event-feed.ts";
import { parseSnapshot } from "./snapshot.ts";

export interface FeedPosition {
  readonly transactionId: number;
  /** Of an event; 0 where all events of the transaction come after it. */
  readonly id: number;
}

interface PageBounds {
  readonly limit: number;
  readonly bytes: number;
}

interface PageReach {
  readonly position: FeedPosition;
  /** Whether there was nothing more to read. */
  readonly isWhole: boolean;
}

export function isBefore(one: FeedPosition, other: FeedPosition): boolean {
  if (one.transactionId !== other.transactionId) return one.transactionId < other.transactionId;
  return one.id < other.id;
}

/** Of a page that was read within these bounds. */
export function reachOf({ rows, snapshot }: FeedPage, { limit, bytes }: PageBounds): PageReach {
  const last = rows.at(-1);
  const size = rows.reduce((sum, row) => sum + row.data.length, 0);
  if (last === undefined || (rows.length < limit && size < bytes)) {
    // Everything below xmin was read; the ids of events are positive.
    return { position: { transactionId: parseSnapshot(snapshot).xmin, id: 0 }, isWhole: true };
  }
  return { position: { transactionId: last.transaction_id, id: last.id }, isWhole: false };
}
