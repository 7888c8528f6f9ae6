/**
 * A request that is wrong as HTTP, before any verb of the core sees it: its bytes, its media type, its method. The core
 * has its own closed list of mistakes; each dialect maps both to its answers.
 */

export type HttpErrorCode = "malformed_json" | "unsupported_media_type" | "method_not_allowed" | "payload_too_large";

export class HttpError extends Error {
  override readonly name = "HttpError";
  readonly code: HttpErrorCode;
  /** Headers that the answer must carry, such as `allow` with `method_not_allowed` (RFC 9110, 15.5.6). */
  readonly headers: Readonly<Record<string, string>>;

  constructor(code: HttpErrorCode, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message);
    this.code = code;
    this.headers = headers;
  }
}
