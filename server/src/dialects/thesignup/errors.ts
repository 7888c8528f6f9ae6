/**
 * What a mistake looks like on the contract's wire: a problem (RFC 9457) with one of its stable codes. The switch is
 * exhaustive over the codes of the core; whatever else is thrown is a fault of ours.
 */
import { KeyUnavailableError } from "../../core/encryption/key-ring.ts";
import { PROFILE_LIMIT } from "../../core/endpoints/create-endpoint.ts";
import { CoreError, type CoreErrorCode, type InputProblem } from "../../core/errors/core-error.ts";
import { isDatabaseUnavailable } from "../../core/errors/is-database-unavailable.ts";
import { nextTier, type Tier } from "../../core/tenants/tier.ts";
import { HttpError } from "../../http/http-error.ts";

export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: ProblemStatus;
  readonly code: ProblemCode;
  readonly detail?: string;
  readonly errors?: readonly { readonly path: string; readonly message: string }[];
  readonly cause?: Readonly<Record<string, string | null>>;
}

export interface ErrorAnswer {
  readonly problem: Problem;
  readonly headers: Readonly<Record<string, string>>;
  /** Whether the error is ours and belongs in the log. */
  readonly isFault: boolean;
}

/** What is known of the request when its answer is made. */
export interface RefusedRequest {
  /** The contract's scope that the operation needs. */
  readonly scope: string | null;
  readonly tier: Tier | null;
}

type ProblemStatus = 400 | 401 | 402 | 403 | 404 | 409 | 422 | 429 | 500 | 502;

/** Every code of the contract that this API answers, with its status and its title. */
const PROBLEMS = {
  bad_request: [400, "Bad request"],
  missing_credentials: [401, "Authentication required"],
  malformed_credentials: [401, "Authentication required"],
  invalid_credentials: [401, "Authentication required"],
  revoked_credentials: [401, "Authentication required"],
  upgrade_required: [402, "Upgrade required"],
  scope_required: [403, "Forbidden"],
  forbidden: [403, "Forbidden"],
  not_found: [404, "Not found"],
  conflict: [409, "Conflict"],
  idempotency_in_progress: [409, "Request in progress"],
  validation_failed: [422, "Validation failed"],
  idempotency_key_reuse: [422, "Idempotency key reused"],
  rate_limited: [429, "Rate limited"],
  internal_error: [500, "Internal error"],
  upstream_unavailable: [502, "Upstream unavailable"],
} as const satisfies Record<string, readonly [ProblemStatus, string]>;

export type ProblemCode = keyof typeof PROBLEMS;

const TYPES = "https://thesignup.app/problems/";
const REALM = 'Bearer realm="thesignup"';
const UNAVAILABLE_RETRY_SECONDS = 5;

export function toErrorAnswer(error: unknown, request: RefusedRequest): ErrorAnswer {
  if (error instanceof CoreError) return answerCoreError(error, request);
  if (error instanceof HttpError) {
    return { problem: toProblem("bad_request", { detail: error.message }), headers: error.headers, isFault: false };
  }
  if (error instanceof KeyUnavailableError) return unavailable();
  if (isDatabaseUnavailable(error)) return unavailable();
  return { problem: toProblem("internal_error"), headers: {}, isFault: true };
}

function answerCoreError(error: CoreError, request: RefusedRequest): ErrorAnswer {
  const code = toCode(error);
  const more =
    code === "validation_failed"
      ? { detail: error.message, errors: error.problems.map(toFieldError) }
      : code === "upgrade_required"
        ? { detail: error.message, cause: toCause(request.tier) }
        : isCredentialsCode(code)
          ? {}
          : { detail: error.message };
  const headers = {
    ...toChallenge(code, request.scope),
    ...(error.retryAfterSeconds === undefined ? {} : { "retry-after": String(error.retryAfterSeconds) }),
  };
  return { problem: toProblem(code, more), headers, isFault: error.code === "key_unavailable" };
}

function toProblem(code: ProblemCode, more: Pick<Problem, "detail" | "errors" | "cause"> = {}): Problem {
  const [status, title] = PROBLEMS[code];
  return { type: TYPES + code.replaceAll("_", "-"), title, status, code, ...more };
}

function unavailable(): ErrorAnswer {
  const headers = { "retry-after": String(UNAVAILABLE_RETRY_SECONDS) };
  return { problem: toProblem("upstream_unavailable"), headers, isFault: true };
}

function toCode(error: CoreError): ProblemCode {
  const given = error.problems[0]?.code ?? "";
  switch (error.code) {
    case "unauthenticated":
      return isCredentialsCode(given) ? given : "invalid_credentials";
    case "scope_required":
      return "scope_required";
    case "step_up_required":
    case "reveal_disabled":
      return "forbidden";
    case "not_found":
      return "not_found";
    case "validation_failed":
    case "data_too_large":
    case "event_type_unknown":
      return "validation_failed";
    case "idempotency_key_reused":
      return "idempotency_key_reuse";
    case "idempotency_in_progress":
      return "idempotency_in_progress";
    case "limit_reached":
      return given === PROFILE_LIMIT ? "upgrade_required" : "conflict";
    case "event_id_reused":
    case "already_exists":
    case "endpoint_disabled":
    case "rotation_in_progress":
    case "wrong_state":
    case "event_gone":
    case "cursor_expired":
      return "conflict";
    case "rate_limited":
      return "rate_limited";
    case "key_unavailable":
    case "overloaded":
      return "upstream_unavailable";
    default:
      return unknownCode(error.code);
  }
}

function unknownCode(code: never): never {
  throw new Error(`no answer is defined for the code ${String(code satisfies CoreErrorCode)}`);
}

function isCredentialsCode(code: string): code is ProblemCode & `${string}_credentials` {
  return code in PROBLEMS && code.endsWith("_credentials");
}

/** RFC 6750, section 3. The contract's client knows a missing scope by this header, and then does not try again. */
function toChallenge(code: ProblemCode, scope: string | null): Record<string, string> {
  if (isCredentialsCode(code)) return { "www-authenticate": REALM };
  if (code !== "scope_required" || scope === null) return {};
  return { "www-authenticate": `${REALM}, error="insufficient_scope", scope="${scope}"` };
}

/** From a JSON pointer to the contract's dotted path. */
function toFieldError({ path, message }: InputProblem): { readonly path: string; readonly message: string } {
  const steps = path.split("/").slice(1);
  return { path: steps.map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~")).join("."), message };
}

/** No tier requires more than the highest. */
function toCause(tier: Tier | null): NonNullable<Problem["cause"]> {
  const requiredTier = tier === null ? null : nextTier(tier);
  return { kind: "tier_limit", featureLabel: "Webhook endpoints", currentTier: tier, requiredTier };
}
