/** The request is genuine, but its body is not the envelope that was looked for. */

import { SigningError } from "./signing-error.ts";

export class MalformedEventError extends SigningError {
  override readonly name = "MalformedEventError";
  readonly code = "malformed_event";

  /** `missing` completes the sentence "The signature is good, but the body …". */
  constructor(missing: string) {
    super(
      "malformed_event",
      `The signature is good, but the body ${missing}. Give an \`envelope\` that reads this sender's bodies.`,
    );
  }
}
