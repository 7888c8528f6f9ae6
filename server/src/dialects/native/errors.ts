/**
 * What a mistake looks like on the wire: an RFC 9457 problem with a stable `code`. The switch is exhaustive over the
 * codes of the core and of the HTTP edge; whatever else is thrown is a fault of ours, of which the caller learns the
 * request id and nothing more.
 */
import { HTTPException } from "hono/http-exception";

import { KeyUnavailableError } from "../../core/encryption/key-ring.ts";
import { CoreError, type CoreErrorCode, type InputProblem } from "../../core/errors/core-error.ts";
import { HttpError, type HttpErrorCode } from "../../http/http-error.ts";
import { isDatabaseUnavailable } from "../../core/errors/is-database-unavailable.ts";

export type ProblemCode = CoreErrorCode | HttpErrorCode | "database_unavailable" | "internal_error";

export type ProblemStatus = 400 | 401 | 403 | 404 | 405 | 409 | 410 | 413 | 415 | 422 | 429 | 500 | 503;

export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: ProblemStatus;
  readonly code: ProblemCode;
  readonly detail: string;
  readonly errors?: readonly InputProblem[];
  readonly requestId: string;
}

export interface ProblemAnswer {
  readonly problem: Problem;
  readonly status: ProblemStatus;
  /** All headers that the answer needs, content type included. */
  readonly headers: Readonly<Record<string, string>>;
  /** Whether the error is ours and belongs in the log. */
  readonly isFault: boolean;
}

export const PROBLEM_CONTENT_TYPE = "application/problem+json";
/** Long enough for a database to fail over, short enough for a publisher that waits. */
const UNAVAILABLE_RETRY_SECONDS = 5;

export function toProblemAnswer(error: unknown, requestId: string): ProblemAnswer {
  const { code, detail, errors, headers } = explain(error);
  const { status, title } = describe(code);
  const problem: Problem = {
    type: `urn:posthorn:problem:${code}`,
    title,
    status,
    code,
    detail,
    ...(errors.length > 0 ? { errors } : {}),
    requestId,
  };
  return {
    problem,
    status,
    headers: { "content-type": PROBLEM_CONTENT_TYPE, ...headers },
    isFault: code === "internal_error" || code === "database_unavailable" || code === "key_unavailable",
  };
}

interface Explanation {
  readonly code: ProblemCode;
  readonly detail: string;
  readonly errors: readonly InputProblem[];
  readonly headers: Readonly<Record<string, string>>;
}

function explain(error: unknown): Explanation {
  if (error instanceof CoreError) {
    return { code: error.code, detail: error.message, errors: error.problems, headers: coreHeaders(error) };
  }
  if (error instanceof HttpError) {
    return { code: error.code, detail: error.message, errors: [], headers: error.headers };
  }
  if (error instanceof KeyUnavailableError) {
    return { code: "key_unavailable", detail: error.message, errors: [], headers: {} };
  }
  if (isDatabaseUnavailable(error)) {
    const detail = "The database cannot be reached. Nothing was changed unless it had answered; try again.";
    const headers = { "retry-after": String(UNAVAILABLE_RETRY_SECONDS) };
    return { code: "database_unavailable", detail, errors: [], headers };
  }
  if (error instanceof HTTPException && error.status === 400) {
    return { code: "malformed_json", detail: "The body is not valid JSON.", errors: [], headers: {} };
  }
  const detail = "Something went wrong on our side. The request id leads to the record of it.";
  return { code: "internal_error", detail, errors: [], headers: {} };
}

function coreHeaders(error: CoreError): Record<string, string> {
  return {
    ...(error.code === "unauthenticated" ? { "www-authenticate": "Bearer" } : {}),
    ...(error.retryAfterSeconds === undefined ? {} : { "retry-after": String(error.retryAfterSeconds) }),
  };
}

function describe(code: ProblemCode): { status: ProblemStatus; title: string } {
  switch (code) {
    case "malformed_json":
      return { status: 400, title: "Malformed JSON" };
    case "validation_failed":
      return { status: 400, title: "The input has mistakes" };
    case "unauthenticated":
      return { status: 401, title: "Not authenticated" };
    case "scope_required":
      return { status: 403, title: "Not allowed with this key" };
    case "step_up_required":
      return { status: 403, title: "A recent login is needed" };
    case "reveal_disabled":
      return { status: 403, title: "Secrets are not shown here" };
    case "not_found":
      return { status: 404, title: "Not found" };
    case "method_not_allowed":
      return { status: 405, title: "Method not allowed" };
    case "already_exists":
      return { status: 409, title: "Already exists" };
    case "limit_reached":
      return { status: 409, title: "Limit reached" };
    case "endpoint_disabled":
      return { status: 409, title: "The endpoint is disabled" };
    case "rotation_in_progress":
      return { status: 409, title: "A rotation is in progress" };
    case "wrong_state":
      return { status: 409, title: "Not possible in this state" };
    case "event_id_reused":
      return { status: 409, title: "Event id used for another body" };
    case "idempotency_in_progress":
      return { status: 409, title: "The first request with this key is still running" };
    case "event_gone":
      return { status: 410, title: "The event is past its retention" };
    case "cursor_expired":
      return { status: 410, title: "The cursor is past the retention of events" };
    case "payload_too_large":
      return { status: 413, title: "Request body too large" };
    case "data_too_large":
      return { status: 413, title: "Event data too large" };
    case "unsupported_media_type":
      return { status: 415, title: "Unsupported media type" };
    case "event_type_unknown":
      return { status: 422, title: "Unknown event type" };
    case "idempotency_key_reused":
      return { status: 422, title: "Idempotency key used for another body" };
    case "rate_limited":
      return { status: 429, title: "Too many requests" };
    case "internal_error":
      return { status: 500, title: "Internal error" };
    case "key_unavailable":
      return { status: 503, title: "Encryption key unavailable" };
    case "overloaded":
      return { status: 503, title: "Overloaded" };
    case "database_unavailable":
      return { status: 503, title: "Database unavailable" };
    default:
      return unknownCode(code);
  }
}

function unknownCode(code: never): never {
  throw new Error(`no answer is defined for the code ${String(code)}`);
}
