/**
 * A place in a tenant's stream as the text its readers keep: opaque to them, base64url of
 * `[transaction id, event id, ms]`, the last being when all before it had been read. It is not signed: it only says
 * where to go on within what its reader may read anyway.
 * Whether a cursor can still be honoured is decided here too: what came after it must not have been dropped.
 */
import { CoreError } from "../errors/core-error.ts";
import type { FeedPosition } from "./feed-position.ts";

export interface StreamCursor {
  readonly position: FeedPosition;
  readonly at: Date;
}

const FORM = /^\[(\d{1,16}),(\d{1,16}),(\d{1,16})\]$/;
const DAY_MS = 86_400_000;
/** An event can be stored a while before the feed comes to it: see FeedPosition. */
const HELD_BACK_MAX_MS = 3_600_000;

export function formatStreamCursor({ position, at }: StreamCursor): string {
  const { transactionId, id } = position;
  return Buffer.from(`[${transactionId},${id},${at.getTime()}]`).toString("base64url");
}

/** Throws `validation_failed` at `/cursor`. */
export function parseStreamCursor(text: string): StreamCursor {
  const [transactionId, id, ms] = (FORM.exec(Buffer.from(text, "base64url").toString("latin1")) ?? [])
    .slice(1)
    .map(Number);
  if (transactionId === undefined || id === undefined || ms === undefined)
    throw refusedCursor("is no cursor of a stream");
  const at = new Date(ms);
  if (![transactionId, id].every(Number.isSafeInteger) || Number.isNaN(at.getTime())) {
    throw refusedCursor("is no cursor of a stream");
  }
  return { position: { transactionId, id }, at };
}

/** Throws `cursor_expired` when events after the cursor may be past their retention. */
export function requireKept({ at }: StreamCursor, { now, eventDays }: { now: Date; eventDays: number }): void {
  const keptSince = now.getTime() - eventDays * DAY_MS + HELD_BACK_MAX_MS;
  if (at.getTime() >= keptSince) return;
  throw new CoreError(
    "cursor_expired",
    `Events are kept for ${eventDays} days, and this cursor is older: some after it are gone. Begin without a cursor.`,
  );
}

/** Throws `validation_failed` when the database has not come as far: the cursor is of another one, or made up. */
export function requireReached({ position }: StreamCursor, xmin: number): void {
  if (position.transactionId > xmin) throw refusedCursor("is of another database than this");
}

function refusedCursor(what: string): CoreError {
  const message = `This ${what}. Use the id of a frame of this tenant's stream, or none.`;
  return new CoreError("validation_failed", message, {
    problems: [{ path: "/cursor", code: "invalid_cursor", message }],
  });
}
