import { HTTPException } from "hono/http-exception";
import { expect, test } from "vitest";

import { KeyUnavailableError } from "../../core/encryption/key-ring.ts";
import { CoreError, type CoreErrorCode } from "../../core/errors/core-error.ts";
import { DatabaseError } from "../../db/database.ts";
import { HttpError } from "../../http/http-error.ts";
import { toErrorAnswer } from "./errors.ts";

/** Every code of the core; a code that is missing here does not compile. */
const ANSWERS: Readonly<Record<CoreErrorCode, [status: number, code: string]>> = {
  unauthenticated: [401, "authentication_failed"],
  scope_required: [403, "permission_denied"],
  step_up_required: [403, "permission_denied"],
  reveal_disabled: [403, "permission_denied"],
  not_found: [404, "not_found"],
  validation_failed: [400, "invalid"],
  data_too_large: [400, "invalid"],
  event_type_unknown: [400, "invalid_choice"],
  event_id_reused: [400, "invalid"],
  idempotency_key_reused: [400, "invalid"],
  idempotency_in_progress: [400, "invalid"],
  already_exists: [400, "unique"],
  limit_reached: [400, "limit_reached"],
  endpoint_disabled: [400, "invalid"],
  rotation_in_progress: [400, "invalid"],
  wrong_state: [400, "invalid"],
  event_gone: [410, "gone"],
  cursor_expired: [410, "gone"],
  key_unavailable: [503, "service_unavailable"],
  rate_limited: [429, "throttled"],
  overloaded: [503, "service_unavailable"],
};

test.each(Object.entries(ANSWERS))("%s is answered with %j", (code, [status, wireCode]) => {
  const answer = toErrorAnswer(new CoreError(code as CoreErrorCode, "A sentence."), "GET");
  expect(answer.status).toBe(status);
  expect(answer.body).toEqual({ errors: [{ message: expect.any(String), code: wireCode }] });
});

test("problems stand with their fields, all those of a field together", () => {
  const problems = [
    { path: "/url", code: "url_invalid", message: "a" },
    { path: "/eventTypes/3", code: "event_type_unknown", message: "b" },
    { path: "/eventTypes/4", code: "invalid_format", message: "c" },
    { path: "", code: "invalid", message: "d" },
    { path: "/description", code: "too_long", message: "e" },
  ];
  expect(toErrorAnswer(new CoreError("validation_failed", "x", { problems }), "POST").body).toEqual({
    errors: [
      { field: "target", messages: [{ message: "Enter a valid URL.", code: "invalid" }] },
      {
        field: "events",
        messages: [
          { message: "b", code: "invalid_choice" },
          { message: "c", code: "invalid" },
        ],
      },
      { message: "d", code: "invalid" },
      { field: "description", messages: [{ message: "e", code: "max_length" }] },
    ],
  });
});

test("headers say what the status asks for", () => {
  expect(toErrorAnswer(new CoreError("unauthenticated", "x"), "GET").headers).toEqual({ "www-authenticate": "Bearer" });
  const throttled = new CoreError("rate_limited", "x", { retryAfterSeconds: 7 });
  expect(toErrorAnswer(throttled, "GET").headers).toEqual({ "retry-after": "7" });
  const wrongMethod = new HttpError("method_not_allowed", "x", { allow: "GET" });
  expect(toErrorAnswer(wrongMethod, "PUT")).toMatchObject({
    status: 405,
    headers: { allow: "GET" },
    body: { errors: [{ message: 'Method "PUT" not allowed.', code: "method_not_allowed" }] },
  });
});

test.each([
  [new Error("secret of ours"), 500, "error", true],
  [new DatabaseError("gone", { code: "08006" }), 503, "service_unavailable", true],
  [new KeyUnavailableError("k1", "no key"), 503, "service_unavailable", true],
  [new HTTPException(406), 406, "not_acceptable", false],
  [new HttpError("malformed_json", "x"), 400, "parse_error", false],
  [new HttpError("payload_too_large", "x"), 413, "payload_too_large", false],
])("%s is answered with %i %s", (error, status, code, isFault) => {
  const answer = toErrorAnswer(error, "GET");
  expect(answer).toMatchObject({ status, isFault, body: { errors: [{ code }] } });
  expect(JSON.stringify(answer.body)).not.toContain("secret of ours");
});
