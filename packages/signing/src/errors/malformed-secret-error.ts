/** A secret that was passed is not of the form of its scheme. The request was not looked at. */

import type { SecretFormat } from "../secret/secret-profile.ts";
import { SigningError } from "./signing-error.ts";

const EXPECTED: Readonly<Record<SecretFormat, string>> = {
  whsec_base64: "whsec_ and then padded standard base64, with nothing before, between or after",
  text: "a text without white space around it",
  whsec_text: "a text that begins with whsec_, without white space around it",
};

export class MalformedSecretError extends SigningError {
  override readonly name = "MalformedSecretError";
  readonly code = "malformed_secret";

  constructor(format: SecretFormat) {
    super(`The secret is not ${EXPECTED[format]}. Pass it as it was shown, or its key as bytes.`);
  }
}
