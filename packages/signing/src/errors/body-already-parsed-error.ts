/** What was passed as the body is not the bytes of the request: a parsed object, its toString(), or nothing. */

import { SigningError } from "./signing-error.ts";

export class BodyAlreadyParsedError extends SigningError {
  override readonly name = "BodyAlreadyParsedError";
  readonly code = "body_already_parsed";

  /** `advice` says what to do about it where it happened; by default what holds everywhere. */
  constructor(advice = "Pass the raw body, read before any parser.") {
    super(
      "body_already_parsed",
      `The body is not the bytes of the request, and a parsed body cannot be verified. ${advice}`,
    );
  }
}
