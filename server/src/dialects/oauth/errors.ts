/**
 * What a mistake looks like to a program (RFC 6749, 5.2) and to a person. Both read one exhaustive switch over the codes
 * of the core; whatever else is thrown is a fault of ours.
 */
import { KeyUnavailableError } from "../../core/encryption/key-ring.ts";
import { CoreError, type CoreErrorCode } from "../../core/errors/core-error.ts";
import { isDatabaseUnavailable } from "../../core/errors/is-database-unavailable.ts";
import { HttpError } from "../../http/http-error.ts";

const OAUTH_CODES = [
  "invalid_request",
  "invalid_client",
  "invalid_grant",
  "invalid_scope",
  "unsupported_grant_type",
  "slow_down",
  "temporarily_unavailable",
  "server_error",
] as const;
export type OAuthCode = (typeof OAUTH_CODES)[number];

export interface Refusal {
  /** Of the page. A program is told 400 of all mistakes. */
  readonly status: 400 | 403 | 404 | 429 | 500 | 503;
  readonly code: OAuthCode;
  readonly message: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Whether the error is ours and belongs in the log. */
  readonly isFault: boolean;
}

const UNAVAILABLE_RETRY_SECONDS = 5;

export function toRefusal(error: unknown): Refusal {
  if (error instanceof CoreError) return refuseCoreError(error);
  if (error instanceof HttpError) {
    return { ...refusal(400, "invalid_request", error.message), headers: error.headers };
  }
  if (error instanceof KeyUnavailableError || isDatabaseUnavailable(error)) {
    const headers = { "retry-after": String(UNAVAILABLE_RETRY_SECONDS) };
    const message = "The server cannot answer this now. Try again in a moment.";
    return { ...refusal(503, "temporarily_unavailable", message), headers, isFault: true };
  }
  return { ...refusal(500, "server_error", "Something went wrong in the server."), isFault: true };
}

function refuseCoreError(error: CoreError): Refusal {
  const { retryAfterSeconds } = error;
  const headers: Record<string, string> =
    retryAfterSeconds === undefined ? {} : { "retry-after": `${retryAfterSeconds}` };
  return { ...refusal(...toStatusAndCode(error), error.message), headers };
}

function toStatusAndCode(error: CoreError): readonly [Refusal["status"], OAuthCode] {
  switch (error.code) {
    case "validation_failed":
      return [400, OAUTH_CODES.find((code) => code === error.problems[0]?.code) ?? "invalid_request"];
    case "unauthenticated":
      return [403, "invalid_grant"];
    case "scope_required":
    case "step_up_required":
    case "reveal_disabled":
      return [403, "invalid_grant"];
    case "not_found":
      return [404, "invalid_request"];
    case "rate_limited":
      return [429, "slow_down"];
    case "overloaded":
    case "key_unavailable":
      return [503, "temporarily_unavailable"];
    case "data_too_large":
    case "event_type_unknown":
    case "event_id_reused":
    case "idempotency_key_reused":
    case "idempotency_in_progress":
    case "already_exists":
    case "limit_reached":
    case "endpoint_disabled":
    case "rotation_in_progress":
    case "wrong_state":
    case "event_gone":
    case "cursor_expired":
      return [400, "invalid_request"];
    default:
      return unknownCode(error.code);
  }
}

function unknownCode(code: never): never {
  throw new Error(`no answer is defined for the code ${String(code satisfies CoreErrorCode)}`);
}

function refusal(status: Refusal["status"], code: OAuthCode, message: string): Refusal {
  return { status, code, message, headers: {}, isFault: false };
}
