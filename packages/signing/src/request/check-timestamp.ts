/**
 * Decides whether a timestamp is near enough to now, in both directions: an old one may be a replay, a new one would
 * stay replayable for as long as it is ahead. Exactly the tolerance is near enough.
 * The text must be plain decimal seconds; parsers that accept more read one text as two times.
 */

import { MalformedHeaderError } from "../errors/malformed-header-error.ts";
import { TimestampTooNewError } from "../errors/timestamp-too-new-error.ts";
import { TimestampTooOldError } from "../errors/timestamp-too-old-error.ts";

/** What every verifier of Standard Webhooks allows; senders sign anew at each try, so no retry needs more. */
export const DEFAULT_TOLERANCE_SECONDS = 300;

/** Twelve digits last for 29,000 years and stay inside what a Date holds. */
const UNIX_SECONDS = /^(?:0|[1-9][0-9]{0,11})$/;

/** When the request was signed. Throws MalformedHeaderError, TimestampTooOldError, TimestampTooNewError. */
export function checkTimestamp(options: {
  readonly header: string;
  readonly text: string;
  readonly now: Date;
  readonly toleranceSeconds: number;
}): Date {
  const { toleranceSeconds } = options;
  if (!(toleranceSeconds >= 0)) throw new RangeError("toleranceSeconds must be zero or more.");
  if (!UNIX_SECONDS.test(options.text)) {
    throw new MalformedHeaderError(options.header, "a timestamp in whole Unix seconds");
  }
  const timestamp = new Date(Number(options.text) * 1000);
  const ageSeconds = Math.floor(options.now.getTime() / 1000) - Number(options.text);
  if (Number.isNaN(ageSeconds)) throw new RangeError("now must be a valid Date.");
  if (ageSeconds > toleranceSeconds) throw new TimestampTooOldError({ timestamp, ageSeconds, toleranceSeconds });
  if (-ageSeconds > toleranceSeconds) {
    throw new TimestampTooNewError({ timestamp, aheadSeconds: -ageSeconds, toleranceSeconds });
  }
  return timestamp;
}
