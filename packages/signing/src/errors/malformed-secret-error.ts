/** A secret that was passed is not of the form of its scheme. The request was not looked at. */

import type { SecretFormat } from "../secret/secret-profile.ts";
import { SigningError } from "./signing-error.ts";

const EXPECTED: Readonly<Record<SecretFormat | "whsk_base64" | "whpk_base64", string>> = {
  whsec_base64: "whsec_ and then padded standard base64, with nothing before, between or after",
  text: "a text without white space around it",
  whsec_text: "a text that begins with whsec_, without white space around it",
  whsk_base64:
    "whsk_ and then the padded standard base64 of an Ed25519 private key and the public key that belongs to it",
  whpk_base64: "whpk_ and then the padded standard base64 of the 32 bytes of an Ed25519 public key",
};

export class MalformedSecretError extends SigningError {
  override readonly name = "MalformedSecretError";
  readonly code = "malformed_secret";

  constructor(format: keyof typeof EXPECTED) {
    super("malformed_secret", `The secret is not ${EXPECTED[format]}. Pass it as it was shown, or its key as bytes.`);
  }
}
