import { expect, test } from "vitest";

import { KeyUnavailableError } from "../../core/encryption/key-ring.ts";
import { CoreError, type CoreErrorCode } from "../../core/errors/core-error.ts";
import { DatabaseError } from "../../db/database.ts";
import { HttpError } from "../../http/http-error.ts";
import { toErrorAnswer } from "./errors.ts";

const REQUEST = { scope: "webhooks:read", tier: "pro" } as const;

/** Every code of the core; a code that is missing here does not compile. */
const ANSWERS: Readonly<Record<CoreErrorCode, [status: number, code: string, title: string]>> = {
  unauthenticated: [401, "invalid_credentials", "Authentication required"],
  scope_required: [403, "scope_required", "Forbidden"],
  step_up_required: [403, "forbidden", "Forbidden"],
  reveal_disabled: [403, "forbidden", "Forbidden"],
  not_found: [404, "not_found", "Not found"],
  validation_failed: [422, "validation_failed", "Validation failed"],
  data_too_large: [422, "validation_failed", "Validation failed"],
  event_type_unknown: [422, "validation_failed", "Validation failed"],
  event_id_reused: [409, "conflict", "Conflict"],
  idempotency_key_reused: [422, "idempotency_key_reuse", "Idempotency key reused"],
  idempotency_in_progress: [409, "idempotency_in_progress", "Request in progress"],
  already_exists: [409, "conflict", "Conflict"],
  limit_reached: [409, "conflict", "Conflict"],
  endpoint_disabled: [409, "conflict", "Conflict"],
  rotation_in_progress: [409, "conflict", "Conflict"],
  wrong_state: [409, "conflict", "Conflict"],
  event_gone: [409, "conflict", "Conflict"],
  cursor_expired: [409, "conflict", "Conflict"],
  key_unavailable: [502, "upstream_unavailable", "Upstream unavailable"],
  rate_limited: [429, "rate_limited", "Rate limited"],
  overloaded: [502, "upstream_unavailable", "Upstream unavailable"],
};

test.each(Object.entries(ANSWERS))("%s is answered with %j", (coreCode, [status, code, title]) => {
  const { problem } = toErrorAnswer(new CoreError(coreCode as CoreErrorCode, "A sentence."), REQUEST);
  const type = `https://thesignup.app/problems/${code.replaceAll("_", "-")}`;
  expect(problem).toMatchObject({ type, title, status, code });
  expect(problem.detail).toBe(status === 401 ? undefined : "A sentence.");
});

test("mistakes stand with their dotted paths", () => {
  const problems = [
    { path: "/eventTypes/3", code: "x", message: "a" },
    { path: "", code: "x", message: "b" },
    { path: "/a~1b/~0", code: "x", message: "c" },
  ];
  const { problem } = toErrorAnswer(new CoreError("validation_failed", "x", { problems }), REQUEST);
  expect(problem.errors).toEqual([
    { path: "eventTypes.3", message: "a" },
    { path: "", message: "b" },
    { path: "a/b.~", message: "c" },
  ]);
});

test("headers say what the status asks for", () => {
  const challenge = (error: CoreError, scope: string | null) =>
    toErrorAnswer(error, { ...REQUEST, scope }).headers["www-authenticate"];
  expect(challenge(new CoreError("unauthenticated", "x"), null)).toBe('Bearer realm="thesignup"');
  expect(challenge(new CoreError("scope_required", "x"), "webhooks:write")).toBe(
    'Bearer realm="thesignup", error="insufficient_scope", scope="webhooks:write"',
  );
  expect(challenge(new CoreError("scope_required", "x"), null)).toBeUndefined();
  const throttled = new CoreError("rate_limited", "x", { retryAfterSeconds: 7 });
  expect(toErrorAnswer(throttled, REQUEST).headers).toEqual({ "retry-after": "7" });
});

test.each([
  [new Error("secret of ours"), 500, "internal_error", true],
  [new DatabaseError("gone", { code: "08006" }), 502, "upstream_unavailable", true],
  [new KeyUnavailableError("k1", "no key"), 502, "upstream_unavailable", true],
  [new HttpError("malformed_json", "x"), 400, "bad_request", false],
  [new HttpError("payload_too_large", "x"), 400, "bad_request", false],
])("%s is answered with %i %s", (error, status, code, isFault) => {
  const answer = toErrorAnswer(error, REQUEST);
  expect(answer).toMatchObject({ isFault, problem: { status, code } });
  expect(JSON.stringify(answer.problem)).not.toContain("secret of ours");
});
