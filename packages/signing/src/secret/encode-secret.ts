/**
 * Writes fresh random bytes as a secret of a format. The randomness comes from the caller, so that a test can fix it
 * and a server can draw it from its own source. Every result is accepted by parseNewSecret.
 */

import { encodeBase64, encodeBase64Url } from "../encoding/base64.ts";
import { encodeHex } from "../encoding/hex.ts";
import { SECRET_PREFIX } from "./secret-profile.ts";
import type { SecretFormat } from "./secret-profile.ts";

/** `text` becomes lowercase hex, `whsec_base64` padded base64, `whsec_text` base64url without padding. */
export function encodeSecret(options: { readonly format: SecretFormat; readonly bytes: Uint8Array }): string {
  switch (options.format) {
    case "whsec_base64":
      return SECRET_PREFIX + encodeBase64(options.bytes);
    case "whsec_text":
      return SECRET_PREFIX + encodeBase64Url(options.bytes);
    case "text":
      return encodeHex(options.bytes);
  }
}
