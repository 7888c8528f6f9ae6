/** What was passed as the body is not the bytes of the request: a parsed object, its toString(), or nothing. */

import { SigningError } from "./signing-error.ts";

export class BodyAlreadyParsedError extends SigningError {
  override readonly name = "BodyAlreadyParsedError";
  readonly code = "body_already_parsed";

  constructor() {
    super(
      "The body is not a string or bytes. A parsed body cannot be verified: pass the raw body, read before any parser.",
    );
  }
}
