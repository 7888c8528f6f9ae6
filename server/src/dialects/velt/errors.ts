/**
 * What a mistake looks like on the contract's wire: `{"error":{"status","message"}}`, under the HTTP status that the
 * protocol of this envelope gives to each. The switch is exhaustive over the codes of the core; whatever else is thrown
 * is a fault of ours.
 */
import { KeyUnavailableError } from "../../core/encryption/key-ring.ts";
import { CoreError, type CoreErrorCode, type InputProblem } from "../../core/errors/core-error.ts";
import { isDatabaseUnavailable } from "../../core/errors/is-database-unavailable.ts";
import { HttpError, type HttpErrorCode } from "../../http/http-error.ts";
import { PROVIDER_FAILED } from "./refusals.ts";
import { URL_TEXT } from "./schemas.ts";

const HTTP_STATUSES = {
  INVALID_ARGUMENT: 400,
  FAILED_PRECONDITION: 400,
  UNAUTHENTICATED: 401,
  PERMISSION_DENIED: 403,
  NOT_FOUND: 404,
  ALREADY_EXISTS: 409,
  RESOURCE_EXHAUSTED: 429,
  INTERNAL: 500,
  UNAVAILABLE: 503,
} as const;

export type VeltStatus = keyof typeof HTTP_STATUSES;

export interface ErrorAnswer {
  readonly httpStatus: (typeof HTTP_STATUSES)[VeltStatus];
  readonly body: { readonly error: { readonly status: VeltStatus; readonly message: string } };
  readonly headers: Readonly<Record<string, string>>;
  /** Whether the error is ours and belongs in the log. */
  readonly isFault: boolean;
}

const UNAVAILABLE_RETRY_SECONDS = 5;
const UNAVAILABLE_TEXT = "The service is temporarily unavailable. Try again later.";

export function toErrorAnswer(error: unknown): ErrorAnswer {
  if (error instanceof CoreError) {
    const isFault = error.code === "key_unavailable";
    return answer(statusOf(error.code), textOf(error), { headers: retryAfter(error.retryAfterSeconds), isFault });
  }
  if (error instanceof HttpError) return answer("INVALID_ARGUMENT", textOfHttp(error.code), { headers: error.headers });
  if (error instanceof KeyUnavailableError) return answer("UNAVAILABLE", UNAVAILABLE_TEXT, { isFault: true });
  if (isDatabaseUnavailable(error)) {
    const headers = retryAfter(UNAVAILABLE_RETRY_SECONDS);
    return answer("UNAVAILABLE", UNAVAILABLE_TEXT, { headers, isFault: true });
  }
  return answer("INTERNAL", "An internal error occurred.", { isFault: true });
}

function answer(
  status: VeltStatus,
  message: string,
  { headers = {}, isFault = false }: Partial<Pick<ErrorAnswer, "headers" | "isFault">> = {},
): ErrorAnswer {
  return { httpStatus: HTTP_STATUSES[status], body: { error: { status, message } }, headers, isFault };
}

function retryAfter(seconds: number | undefined): Record<string, string> {
  return seconds === undefined ? {} : { "retry-after": String(seconds) };
}

function statusOf(code: CoreErrorCode): VeltStatus {
  switch (code) {
    case "unauthenticated":
      return "UNAUTHENTICATED";
    case "scope_required":
    case "step_up_required":
    case "reveal_disabled":
      return "PERMISSION_DENIED";
    case "not_found":
      return "NOT_FOUND";
    case "already_exists":
      return "ALREADY_EXISTS";
    case "validation_failed":
    case "data_too_large":
    case "event_type_unknown":
      return "INVALID_ARGUMENT";
    case "event_id_reused":
    case "idempotency_key_reused":
    case "idempotency_in_progress":
    case "endpoint_disabled":
    case "rotation_in_progress":
    case "wrong_state":
    case "event_gone":
    case "cursor_expired":
      return "FAILED_PRECONDITION";
    case "limit_reached":
    case "rate_limited":
      return "RESOURCE_EXHAUSTED";
    case "key_unavailable":
    case "overloaded":
      return "UNAVAILABLE";
    default:
      return unknownCode(code);
  }
}

/** The contract's own words where it has any; of several mistakes the first. */
function textOf({ code, message, problems }: CoreError): string {
  const [first] = problems;
  if (first !== undefined) return toText(first);
  switch (code) {
    case "not_found":
    case "already_exists":
      return PROVIDER_FAILED;
    case "key_unavailable":
    case "overloaded":
      return UNAVAILABLE_TEXT;
    default:
      return message;
  }
}

function textOfHttp(code: HttpErrorCode): string {
  switch (code) {
    case "malformed_json":
    case "unsupported_media_type":
      return "The request body must be valid JSON.";
    case "method_not_allowed":
      return "Every operation is a POST.";
    case "payload_too_large":
      return "The request body is too large.";
    default:
      return unknownCode(code);
  }
}

function unknownCode(code: never): never {
  throw new Error(`no answer is defined for the code ${String(code)}`);
}

/** Members of the core's input by the names that callers know. */
const FIELDS: ReadonlyMap<string, string> = new Map([
  ["eventTypes", "filterTypes"],
  ["rateLimitPerSecond", "rateLimit"],
]);

/** `filterTypes[3]: …`; a text that stands for itself, or names its field already, as it is. */
function toText({ path, code, message }: InputProblem): string {
  switch (code) {
    case "url_invalid":
    case "url_scheme":
    case "url_credentials":
      return URL_TEXT;
    default: {
      const [field = "", ...steps] = path.split("/").slice(path.startsWith("/data/") ? 2 : 1);
      if (field === "" || message.startsWith(field)) return message;
      const place = steps.map((step) => (/^\d+$/.test(step) ? `[${step}]` : `.${step}`)).join("");
      return `${FIELDS.get(field) ?? field}${place}: ${message}`;
    }
  }
}
