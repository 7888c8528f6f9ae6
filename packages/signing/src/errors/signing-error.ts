/**
 * The one ancestor of everything this package throws on purpose. `code` is the stable name of the mistake: where two
 * copies of the package meet (ES module and CommonJS), `instanceof` fails and the code still holds.
 * Invariant: no message, and no property, holds a secret, a body or an expected signature. They end up in logs.
 */

export type SigningErrorCode =
  | "missing_header"
  | "malformed_header"
  | "malformed_secret"
  | "secret_too_short"
  | "timestamp_too_old"
  | "timestamp_too_new"
  | "no_matching_signature"
  | "body_already_parsed";

export abstract class SigningError extends Error {
  abstract readonly code: SigningErrorCode;
}
