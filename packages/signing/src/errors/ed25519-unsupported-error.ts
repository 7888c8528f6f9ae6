/** The WebCrypto of this platform has no Ed25519. Nothing was verified or signed. */

import { SigningError } from "./signing-error.ts";

export class Ed25519UnsupportedError extends SigningError {
  override readonly name = "Ed25519UnsupportedError";
  readonly code = "ed25519_unsupported";

  constructor(cause: unknown) {
    super(
      "ed25519_unsupported",
      "This platform's WebCrypto has no Ed25519. Node 20, Deno, Bun, Workers and browsers of 2025 have it; " +
        "elsewhere ask the sender for an HMAC secret.",
      { cause },
    );
  }
}
