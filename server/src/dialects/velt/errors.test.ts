import { expect, test } from "vitest";

import { KeyUnavailableError } from "../../core/encryption/key-ring.ts";
import { CoreError, type CoreErrorCode } from "../../core/errors/core-error.ts";
import { DatabaseError } from "../../db/database.ts";
import { HttpError } from "../../http/http-error.ts";
import { toErrorAnswer } from "./errors.ts";

const TABLE: readonly (readonly [string, number, readonly CoreErrorCode[]])[] = [
  ["INVALID_ARGUMENT", 400, ["validation_failed", "data_too_large", "event_type_unknown"]],
  [
    "FAILED_PRECONDITION",
    400,
    [
      "wrong_state",
      "endpoint_disabled",
      "rotation_in_progress",
      "event_gone",
      "cursor_expired",
      "event_id_reused",
      "idempotency_key_reused",
      "idempotency_in_progress",
    ],
  ],
  ["UNAUTHENTICATED", 401, ["unauthenticated"]],
  ["PERMISSION_DENIED", 403, ["scope_required", "step_up_required", "reveal_disabled"]],
  ["NOT_FOUND", 404, ["not_found"]],
  ["ALREADY_EXISTS", 409, ["already_exists"]],
  ["RESOURCE_EXHAUSTED", 429, ["limit_reached", "rate_limited"]],
  ["UNAVAILABLE", 503, ["key_unavailable", "overloaded"]],
];

test.each(TABLE)("%s is %i", (status, httpStatus, codes) => {
  for (const code of codes) {
    expect(toErrorAnswer(new CoreError(code, "text"))).toMatchObject({ httpStatus, body: { error: { status } } });
  }
});

test("of several mistakes the first is told, by the name that callers know its field by", () => {
  const textOf = (path: string, message: string, code = "invalid") => {
    const problems = [
      { path, code, message },
      { path: "/other", code: "invalid", message: "Not told." },
    ];
    return toErrorAnswer(new CoreError("validation_failed", message, { problems })).body.error.message;
  };
  expect(textOf("/eventTypes/3", "Too long.")).toBe("filterTypes[3]: Too long.");
  expect(textOf("/rateLimitPerSecond", "Too much.")).toBe("rateLimit: Too much.");
  expect(textOf("/metadata/a", "No.")).toBe("metadata.a: No.");
  expect(textOf("/data/description", "No.")).toBe("description: No.");
  expect(textOf("/url", "It is an address of ours.", "address_forbidden")).toBe("url: It is an address of ours.");
  expect(textOf("/url", "It has no scheme.", "url_scheme")).toBe("url must be a valid http(s) URL.");
  expect(textOf("/publicKey", "publicKey is none.")).toBe("publicKey is none.");
  expect(textOf("", "API key is required")).toBe("API key is required");
});

test("what is no caller's mistake is a fault, and says nothing of what it was", () => {
  const secret = "postgres://user:password@host";
  for (const [error, status] of [
    [new Error(secret), "INTERNAL"],
    [new KeyUnavailableError("k", secret), "UNAVAILABLE"],
    [new DatabaseError(secret, { code: "08006" }), "UNAVAILABLE"],
    [new DatabaseError(secret, { code: "42601" }), "INTERNAL"],
  ] as const) {
    const answer = toErrorAnswer(error);
    expect([answer.isFault, answer.body.error.status]).toEqual([true, status]);
    expect(JSON.stringify(answer)).not.toContain("password");
  }
});

test("an error of HTTP keeps its headers, and one that passes says when to come back", () => {
  expect(toErrorAnswer(new HttpError("method_not_allowed", "", { allow: "POST" })).headers).toEqual({ allow: "POST" });
  const limited = new CoreError("rate_limited", "Later.", { retryAfterSeconds: 3 });
  expect(toErrorAnswer(limited).headers).toEqual({ "retry-after": "3" });
});
