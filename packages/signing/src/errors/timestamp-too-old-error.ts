/** The request was signed longer ago than the tolerance: a replay, a long queue before the check, or a slow clock. */

import { SigningError } from "./signing-error.ts";

export class TimestampTooOldError extends SigningError {
  override readonly name = "TimestampTooOldError";
  readonly code = "timestamp_too_old";
  /** When the request says it was signed. Not proved: the signature has not been looked at. */
  readonly timestamp: Date;
  readonly toleranceSeconds: number;

  constructor(options: { timestamp: Date; ageSeconds: number; toleranceSeconds: number }) {
    super(
      "timestamp_too_old",
      `The timestamp is ${options.ageSeconds} s before this machine's clock; the tolerance is ${options.toleranceSeconds} s.`,
    );
    this.timestamp = options.timestamp;
    this.toleranceSeconds = options.toleranceSeconds;
  }
}
