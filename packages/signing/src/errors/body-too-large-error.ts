/** The body of a request is larger than the receiver takes. Nothing of it was kept, and nothing was verified. */

import { SigningError } from "./signing-error.ts";

export class BodyTooLargeError extends SigningError {
  override readonly name = "BodyTooLargeError";
  readonly code = "body_too_large";
  readonly maxBodyBytes: number;

  constructor(maxBodyBytes: number) {
    super("body_too_large", `The body has more than ${maxBodyBytes} bytes, which is maxBodyBytes.`);
    this.maxBodyBytes = maxBodyBytes;
  }
}
