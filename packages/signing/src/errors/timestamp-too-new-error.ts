/** The request was signed further in the future than the tolerance: this machine's clock is slow, or theirs fast. */

import { SigningError } from "./signing-error.ts";

export class TimestampTooNewError extends SigningError {
  override readonly name = "TimestampTooNewError";
  readonly code = "timestamp_too_new";
  /** When the request says it was signed. Not proved: the signature has not been looked at. */
  readonly timestamp: Date;
  readonly toleranceSeconds: number;

  constructor(options: { timestamp: Date; aheadSeconds: number; toleranceSeconds: number }) {
    super(
      "timestamp_too_new",
      `The timestamp is ${options.aheadSeconds} s after this machine's clock; the tolerance is ${options.toleranceSeconds} s.`,
    );
    this.timestamp = options.timestamp;
    this.toleranceSeconds = options.toleranceSeconds;
  }
}
