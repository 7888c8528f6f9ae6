/**
 * Says what is wrong with a request in our words and paths, whatever the schema library calls it: one problem for each
 * mistake, with a JSON pointer into the body, or `/name` for a query parameter or header. Nothing of the input is
 * repeated: it may be a secret.
 */
import type { z } from "@hono/zod-openapi";
import type { Hook } from "@hono/zod-openapi";

import type { InputProblem } from "../../core/errors/core-error.ts";
import { refuseProblems } from "../../core/errors/refuse-problems.ts";
import { pointerStep } from "../../http/parse-json-body.ts";
import type { NativeEnv } from "./native-env.ts";

type Issue = z.core.$ZodIssue;

/** The hook that every route's schemas report to. Throws `validation_failed`. */
export const refuseInvalid: Hook<unknown, NativeEnv, string, unknown> = (result) => {
  if (!result.success) refuseProblems(result.error.issues.flatMap(toProblems));
};

/** One issue can be several mistakes: each unknown member is one. */
function toProblems(issue: Issue): InputProblem[] {
  const path = issue.path.map((step) => pointerStep(typeof step === "symbol" ? String(step) : step)).join("");
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => ({
      path: path + pointerStep(key),
      code: "unknown_member",
      message: "This is not known here.",
    }));
  }
  return [{ path, code: codeOf(issue), message: issue.message }];
}

function codeOf(issue: Exclude<Issue, { code: "unrecognized_keys" }>): string {
  switch (issue.code) {
    case "invalid_type":
      return issue.input === undefined && issue.message.endsWith("received undefined") ? "required" : "invalid_type";
    case "too_small":
    case "too_big":
    case "not_multiple_of":
      return "out_of_bounds";
    case "invalid_format":
      return "invalid_format";
    case "custom":
      return typeof issue.params?.["code"] === "string" ? issue.params["code"] : "invalid_value";
    case "invalid_value":
    case "invalid_union":
    case "invalid_key":
    case "invalid_element":
      return "invalid_value";
  }
}
