/**
 * A caller's mistake, or a state that forbids what was asked: the one error type that core verbs throw.
 * Each dialect maps these codes in one exhaustive switch. Messages name the thing and what to do, and never hold a
 * secret, a credential or a body.
 */

export type CoreErrorCode =
  | "unauthenticated"
  | "scope_required"
  | "step_up_required"
  | "reveal_disabled"
  | "not_found"
  | "validation_failed"
  | "data_too_large"
  | "event_type_unknown"
  | "event_id_reused"
  | "idempotency_key_reused"
  | "idempotency_in_progress"
  | "already_exists"
  | "limit_reached"
  | "endpoint_disabled"
  | "rotation_in_progress"
  | "wrong_state"
  | "event_gone"
  | "cursor_expired"
  | "key_unavailable"
  | "rate_limited"
  | "overloaded";

/** One mistake in the input. `path` is a JSON pointer into it (RFC 6901), such as `/events/3/type`. */
export interface InputProblem {
  readonly path: string;
  readonly code: string;
  readonly message: string;
}

export class CoreError extends Error {
  override readonly name = "CoreError";
  readonly code: CoreErrorCode;
  readonly problems: readonly InputProblem[];
  /** Whole seconds until the same call may be worth repeating; set with `overloaded` and `rate_limited`. */
  readonly retryAfterSeconds: number | undefined;

  constructor(
    code: CoreErrorCode,
    message: string,
    options: { problems?: readonly InputProblem[]; retryAfterSeconds?: number } = {},
  ) {
    super(message);
    this.code = code;
    this.problems = options.problems ?? [];
    this.retryAfterSeconds = options.retryAfterSeconds;
  }
}
