/** The public keys of a sender could not be read, and none are known from before. Nothing was verified. */

import { SigningError } from "./signing-error.ts";

export class KeysUnavailableError extends SigningError {
  override readonly name = "KeysUnavailableError";
  readonly code = "keys_unavailable";

  /** `reason` completes the sentence "The JWKS …". */
  constructor(reason: string, options?: { readonly cause: unknown }) {
    super("keys_unavailable", `The JWKS ${reason}.`, options);
  }
}
