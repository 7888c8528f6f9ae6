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
  | "body_already_parsed"
  | "body_too_large"
  | "malformed_event"
  | "event_in_progress"
  | "ed25519_unsupported"
  | "keys_unavailable";

/**
 * What to answer the sender. The sender's mistakes are 4xx, this side's are 5xx: a sender that repeats only what failed
 * with 5xx repeats then, and the mistake shows where it can be mended.
 */
const STATUS: Readonly<Record<SigningErrorCode, number>> = {
  missing_header: 400,
  malformed_header: 400,
  malformed_secret: 500,
  secret_too_short: 500,
  timestamp_too_old: 401,
  timestamp_too_new: 401,
  no_matching_signature: 401,
  body_already_parsed: 500,
  body_too_large: 413,
  malformed_event: 400,
  event_in_progress: 503,
  ed25519_unsupported: 500,
  keys_unavailable: 503,
};

export abstract class SigningError extends Error {
  abstract readonly code: SigningErrorCode;

  /**
   * What to answer. Together with `statusCode` and `expose` the form of an HTTP error that Express, Koa, Fastify and
   * NestJS know: thrown out of a handler, it is answered like this. Not read-only: Koa writes the status that it chose.
   */
  status: number;
  statusCode: number;
  /** Whether the sender may read the message. */
  expose: boolean;

  constructor(code: SigningErrorCode, message: string, options?: { readonly cause: unknown }) {
    super(message, options);
    this.status = STATUS[code];
    this.statusCode = this.status;
    this.expose = this.status < 500;
  }
}
