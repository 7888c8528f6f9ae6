/** A secret that was passed is too short to protect anything: an empty variable, a cut copy, a placeholder. */

import { SigningError } from "./signing-error.ts";

export class SecretTooShortError extends SigningError {
  override readonly name = "SecretTooShortError";
  readonly code = "secret_too_short";
  readonly minimumBytes: number;

  constructor(minimumBytes: number) {
    super("secret_too_short", `The secret has fewer than ${minimumBytes} bytes. Check that it was copied whole.`);
    this.minimumBytes = minimumBytes;
  }
}
