/**
 * What a mistake looks like on the contract's wire: `{"errors":[…]}` with an entry for each field, or one for the whole
 * request. The switch is exhaustive over the codes of the core; whatever else is thrown is a fault of ours.
 */
import { HTTPException } from "hono/http-exception";

import { KeyUnavailableError } from "../../core/encryption/key-ring.ts";
import { URL_CHARACTERS_MAX } from "../../core/endpoints/check-endpoint-settings.ts";
import { CoreError, type CoreErrorCode, type InputProblem } from "../../core/errors/core-error.ts";
import { isDatabaseUnavailable } from "../../core/errors/is-database-unavailable.ts";
import { HttpError, type HttpErrorCode } from "../../http/http-error.ts";

export interface ErrorEntry {
  readonly message: string;
  readonly code: string;
}

export interface FieldErrors {
  readonly field: string;
  readonly messages: readonly ErrorEntry[];
}

export interface ErrorAnswer {
  readonly status: ErrorStatus;
  readonly body: { readonly errors: readonly (FieldErrors | ErrorEntry)[] };
  readonly headers: Readonly<Record<string, string>>;
  /** Whether the error is ours and belongs in the log. */
  readonly isFault: boolean;
}

export type ErrorStatus = 400 | 401 | 403 | 404 | 405 | 406 | 410 | 413 | 429 | 500 | 503;

interface Meaning extends ErrorEntry {
  readonly status: ErrorStatus;
}

const UNAVAILABLE_RETRY_SECONDS = 5;
const INTERNAL: Meaning = { status: 500, code: "error", message: "A server error occurred." };
const UNAVAILABLE: Meaning = {
  status: 503,
  code: "service_unavailable",
  message: "Service temporarily unavailable, try again later.",
};

/** `method` is the request's. */
export function toErrorAnswer(error: unknown, method: string): ErrorAnswer {
  if (error instanceof CoreError) {
    const meaning = meaningOf(error);
    const headers = {
      ...(error.code === "unauthenticated" ? { "www-authenticate": "Bearer" } : {}),
      ...(error.retryAfterSeconds === undefined ? {} : { "retry-after": String(error.retryAfterSeconds) }),
    };
    return answer(meaning, { errors: toEntries(error.problems), headers, isFault: error.code === "key_unavailable" });
  }
  if (error instanceof HttpError) return answer(meaningOfHttp(error.code, method), { headers: error.headers });
  if (error instanceof HTTPException && error.status === 406) return answer(NOT_ACCEPTABLE);
  if (error instanceof KeyUnavailableError) return answer(UNAVAILABLE, { isFault: true });
  if (isDatabaseUnavailable(error)) {
    return answer(UNAVAILABLE, { headers: { "retry-after": String(UNAVAILABLE_RETRY_SECONDS) }, isFault: true });
  }
  return answer(INTERNAL, { isFault: true });
}

const NOT_ACCEPTABLE: Meaning = {
  status: 406,
  code: "not_acceptable",
  message: "Could not satisfy the request Accept header.",
};

function answer(
  { status, message, code }: Meaning,
  options: Partial<Pick<ErrorAnswer, "headers" | "isFault">> & {
    readonly errors?: readonly (FieldErrors | ErrorEntry)[];
  } = {},
): ErrorAnswer {
  const { errors = [], headers = {}, isFault = false } = options;
  return { status, body: { errors: errors.length > 0 ? errors : [{ message, code }] }, headers, isFault };
}

function meaningOf({ code, message }: CoreError): Meaning {
  return { ...statusAndCode(code), message: textOf(code, message) };
}

function statusAndCode(code: CoreErrorCode): Pick<Meaning, "status" | "code"> {
  switch (code) {
    case "unauthenticated":
      return { status: 401, code: "authentication_failed" };
    case "scope_required":
    case "step_up_required":
    case "reveal_disabled":
      return { status: 403, code: "permission_denied" };
    case "not_found":
      return { status: 404, code: "not_found" };
    case "event_type_unknown":
      return { status: 400, code: "invalid_choice" };
    case "already_exists":
      return { status: 400, code: "unique" };
    case "limit_reached":
      return { status: 400, code: "limit_reached" };
    case "validation_failed":
    case "data_too_large":
    case "event_id_reused":
    case "idempotency_key_reused":
    case "idempotency_in_progress":
    case "endpoint_disabled":
    case "rotation_in_progress":
    case "wrong_state":
      return { status: 400, code: "invalid" };
    case "event_gone":
    case "cursor_expired":
      return { status: 410, code: "gone" };
    case "rate_limited":
      return { status: 429, code: "throttled" };
    case "key_unavailable":
    case "overloaded":
      return { status: 503, code: UNAVAILABLE.code };
    default:
      return unknownCode(code);
  }
}

/** The contract's own words where it has any. */
function textOf(code: CoreErrorCode, message: string): string {
  switch (code) {
    case "unauthenticated":
      return "Incorrect authentication credentials.";
    case "scope_required":
    case "step_up_required":
    case "reveal_disabled":
      return "You do not have permission to perform this action.";
    case "not_found":
      return "Not found.";
    case "rate_limited":
      return "Request was throttled.";
    case "key_unavailable":
    case "overloaded":
      return UNAVAILABLE.message;
    default:
      return message;
  }
}

function meaningOfHttp(code: HttpErrorCode, method: string): Meaning {
  switch (code) {
    case "malformed_json":
    case "unsupported_media_type":
      return { status: 400, code: "parse_error", message: "JSON parse error." };
    case "method_not_allowed":
      return { status: 405, code, message: `Method "${method}" not allowed.` };
    case "payload_too_large":
      return { status: 413, code, message: "The request is too large." };
    default:
      return unknownCode(code);
  }
}

function unknownCode(code: never): never {
  throw new Error(`no answer is defined for the code ${String(code)}`);
}

/** Members of the core's input by the fields that callers know. */
const FIELDS: ReadonlyMap<string, string> = new Map([
  ["url", "target"],
  ["eventTypes", "events"],
  ["verifyTls", "ssl_cert_verification"],
]);

/** One entry for each field with all its messages, in the order of the mistakes. */
function toEntries(problems: readonly InputProblem[]): (FieldErrors | ErrorEntry)[] {
  return [...Map.groupBy(problems, fieldOf)].flatMap(([field, its]): (FieldErrors | ErrorEntry)[] => {
    const messages = its.map(toMessage);
    return field === "" ? messages : [{ field, messages }];
  });
}

function fieldOf({ path }: InputProblem): string {
  const step = path.split("/")[1] ?? "";
  return FIELDS.get(step) ?? step;
}

function toMessage({ code, message, path }: InputProblem): ErrorEntry {
  switch (code) {
    case "url_invalid":
    case "url_scheme":
    case "url_credentials":
      return { message: "Enter a valid URL.", code: "invalid" };
    case "url_too_long":
      return { message: `Ensure this field has no more than ${URL_CHARACTERS_MAX} characters.`, code: "max_length" };
    case "too_long":
      return { message, code: "max_length" };
    case "event_type_unknown":
      return { message, code: "invalid_choice" };
    case "out_of_bounds":
      return { message, code: path === "/offset" ? "max_value" : "invalid" };
    case "address_forbidden":
    case "hidden_value":
    case "invalid_format":
    case "invalid_text":
    case "repeated":
    case "too_deep":
    case "unknown_member":
      return { message, code: "invalid" };
    default:
      return { message, code };
  }
}
