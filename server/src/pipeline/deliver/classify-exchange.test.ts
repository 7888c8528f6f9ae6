import { expect, test } from "vitest";

import { classifyExchange, toFailedOutcome } from "./classify-exchange.ts";
import { errorClasses } from "../../core/attempts/error-class.ts";
import type { ErrorClass } from "../../core/attempts/error-class.ts";

const answered = (status: number) => ({
  answer: { status, headers: [], body: new Uint8Array(0), bodyBytes: 0, truncated: false },
  failure: null,
});

test.each([200, 201, 202, 204, 206, 299])("%d is accepted", (status) => {
  expect(classifyExchange(answered(status))).toEqual({ outcome: "accepted", class: null });
});

test.each([
  [300, "http_redirect"],
  [301, "http_redirect"],
  [304, "http_redirect"],
  [399, "http_redirect"],
  [400, "http_client_error"],
  [401, "http_client_error"],
  [404, "http_client_error"],
  [410, "http_gone"],
  [429, "http_rate_limited"],
  [499, "http_client_error"],
  [500, "http_server_error"],
  [501, "http_server_error"],
  [502, "http_gateway"],
  [503, "http_gateway"],
  [504, "http_gateway"],
  [505, "http_server_error"],
  [599, "http_server_error"],
  [600, "response_invalid"],
  [999, "response_invalid"],
] as const)("%d is rejected as %s", (status, expected) => {
  expect(classifyExchange(answered(status))).toEqual({ outcome: "rejected", class: expected });
});

test("a 200 that never ended is no success", () => {
  const exchange = { ...answered(200), failure: { class: "body_timeout", detail: "" } } as const;
  expect(classifyExchange(exchange)).toEqual({ outcome: "timed_out", class: "body_timeout" });
});

test("every error class has an outcome, a cause and an advice that are sentences", () => {
  for (const [name, text] of Object.entries(errorClasses)) {
    expect(["rejected", "timed_out", "unreachable", "blocked"]).toContain(toFailedOutcome(name as ErrorClass));
    expect(text.cause).toMatch(/^[A-Z].+\.$/);
    expect(text.advice).toMatch(/^[A-Z].+\.$/);
  }
});
