/** The request lacks a header of the scheme, or it is empty. */

import { SigningError } from "./signing-error.ts";

export class MissingHeaderError extends SigningError {
  override readonly name = "MissingHeaderError";
  readonly code = "missing_header";
  /** The name of the header that was looked for. */
  readonly header: string;

  constructor(header: string) {
    super("missing_header", `The request has no ${header} header. Pass the headers as they arrived.`);
    this.header = header;
  }
}
