/** A header of the scheme is there but is not what the scheme allows, or stands in the request twice. */

import { SigningError } from "./signing-error.ts";

export class MalformedHeaderError extends SigningError {
  override readonly name = "MalformedHeaderError";
  readonly code = "malformed_header";
  readonly header: string;

  /** `expected` completes the sentence "The … header is not …". */
  constructor(header: string, expected: string) {
    super("malformed_header", `The ${header} header is not ${expected}.`);
    this.header = header;
  }
}
