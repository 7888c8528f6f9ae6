import { expect, test } from "vitest";

import { KeyUnavailableError } from "../../core/encryption/key-ring.ts";
import { CoreError, type CoreErrorCode } from "../../core/errors/core-error.ts";
import { DatabaseError } from "../../db/database.ts";
import { HttpError } from "../../http/http-error.ts";
import { toProblemAnswer } from "./errors.ts";

const STATUSES: Readonly<Record<CoreErrorCode, number>> = {
  unauthenticated: 401,
  scope_required: 403,
  step_up_required: 403,
  reveal_disabled: 403,
  not_found: 404,
  validation_failed: 400,
  data_too_large: 413,
  event_type_unknown: 422,
  event_id_reused: 409,
  idempotency_key_reused: 422,
  idempotency_in_progress: 409,
  already_exists: 409,
  limit_reached: 409,
  endpoint_disabled: 409,
  rotation_in_progress: 409,
  wrong_state: 409,
  event_gone: 410,
  cursor_expired: 410,
  key_unavailable: 503,
  rate_limited: 429,
  overloaded: 503,
};

test.each(Object.entries(STATUSES) as [CoreErrorCode, number][])("%s is %i", (code, status) => {
  const answer = toProblemAnswer(new CoreError(code, "What to do."), "r1");
  expect(answer.status).toBe(status);
  expect(answer.problem).toEqual({
    type: `urn:posthorn:problem:${code}`,
    title: expect.any(String),
    status,
    code,
    detail: "What to do.",
    requestId: "r1",
  });
});

test("the mistakes of an input and the time to wait are passed on", () => {
  const problems = [{ path: "/a", code: "required", message: "Say a." }];
  const answer = toProblemAnswer(new CoreError("overloaded", "Later.", { problems, retryAfterSeconds: 3 }), "r1");
  expect(answer.problem.errors).toEqual(problems);
  expect(answer.headers["retry-after"]).toBe("3");
});

test("headers of an HTTP mistake are passed on", () => {
  const answer = toProblemAnswer(new HttpError("method_not_allowed", "No.", { allow: "GET" }), "r1");
  expect(answer).toMatchObject({ status: 405, headers: { allow: "GET" }, isFault: false });
});

test.each(["08006", "08001", "57P01", "53300"])("a database that answers %s is 503, worth another try", (code) => {
  const answer = toProblemAnswer(new DatabaseError("connection to 10.0.0.1 lost", { code }), "r1");
  expect(answer).toMatchObject({ status: 503, isFault: true, problem: { code: "database_unavailable" } });
  expect(answer.headers["retry-after"]).toBe("5");
  expect(JSON.stringify(answer.problem)).not.toContain("10.0.0.1");
});

test("a value whose key is missing is 503", () => {
  const answer = toProblemAnswer(new KeyUnavailableError("k1", "The encryption key k1 is not in the key ring."), "r1");
  expect(answer).toMatchObject({ status: 503, isFault: true, problem: { code: "key_unavailable" } });
});

test.each([new TypeError("secret whsec_1"), new DatabaseError("secret whsec_1", { code: "23505" }), "whsec_1", null])(
  "a fault of ours (%#) is 500 and shows nothing of itself",
  (error) => {
    const answer = toProblemAnswer(error, "r1");
    expect(answer).toMatchObject({ status: 500, isFault: true, problem: { code: "internal_error", requestId: "r1" } });
    expect(JSON.stringify(answer)).not.toContain("whsec");
  },
);
