/**
 * None of the signatures fits any of the secrets. `hint` names the mistake where it was proved, which means that the
 * request verifies once the mistake is undone; without proof there is no hint, since a wrong guess costs a day.
 */

import { SigningError } from "./signing-error.ts";

export type SignatureHint =
  | "body_reserialised"
  | "body_trailing_newline"
  | "base64_secret_used_as_text"
  | "text_secret_used_as_base64";

const ADVICE: Readonly<Record<SignatureHint, string>> = {
  body_reserialised:
    "The body was parsed and written again: the same JSON in another spelling verifies. Pass the raw body, read before any parser.",
  body_trailing_newline:
    "The body gained or lost a line end at its end. Pass the bytes of the request, not a file or a line that holds them.",
  base64_secret_used_as_text:
    "The sender's key is the decoded base64 of this secret, not its text. Use the scheme that decodes, or pass the decoded bytes.",
  text_secret_used_as_base64:
    "The sender's key is the text of this secret, not its decoded base64. Use the scheme that takes the text, or pass its bytes.",
};

export class NoMatchingSignatureError extends SigningError {
  override readonly name = "NoMatchingSignatureError";
  readonly code = "no_matching_signature";
  /** Undefined where nothing could be proved. */
  readonly hint: SignatureHint | undefined;

  constructor(options: { signatureCount: number; hint: SignatureHint | undefined }) {
    const found =
      options.signatureCount === 0
        ? "The header holds no signature of this scheme."
        : "No signature in the header fits the body and the secret.";
    super("no_matching_signature", options.hint === undefined ? found : `${found} ${ADVICE[options.hint]}`);
    this.hint = options.hint;
  }
}
