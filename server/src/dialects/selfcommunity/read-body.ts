/**
 * Reads the bodies of the contract's requests: JSON whatever they say they are, and `{}` where nothing was sent, as the
 * contract's client does where it has nothing to say. Then holds them against a schema.
 */
import type { Context } from "hono";
import { createMiddleware } from "hono/factory";
import type { z } from "zod";

import { refuseProblems } from "../../core/errors/refuse-problems.ts";
import { parseJsonBody } from "../../http/parse-json-body.ts";
import { readBody as readBytes } from "../../http/read-body.ts";
import { CODES } from "./schemas.ts";
import type { SelfCommunityEnv } from "./selfcommunity-env.ts";

/** A list of thousands of mistakes helps nobody. */
const PROBLEMS_MAX = 100;
const METHODS_WITH_BODY: ReadonlySet<string> = new Set(["POST", "PUT", "PATCH"]);

/** Sets `body`. Throws `payload_too_large`, `malformed_json`, `validation_failed`. */
export function readBody() {
  return createMiddleware<SelfCommunityEnv>(async (c, next) => {
    if (METHODS_WITH_BODY.has(c.req.method)) {
      const bytes = await readBytes(c.env.incoming);
      c.set("body", bytes.length === 0 ? {} : parseJsonBody(bytes));
    }
    await next();
  });
}

/** The request's body as the schema has it. Throws `validation_failed` with a problem for each mistake. */
export function parseBody<Schema extends z.ZodType>(c: Context<SelfCommunityEnv>, schema: Schema): z.infer<Schema> {
  const parsed = schema.safeParse(c.var.body);
  if (parsed.success) return parsed.data;
  refuseProblems(
    parsed.error.issues.slice(0, PROBLEMS_MAX).map((issue) => ({
      // A mistake inside a list is the list's to its caller.
      path: issue.path.length === 0 ? "" : `/${String(issue.path[0])}`,
      code: codeOf(issue),
      message: issue.message,
    })),
  );
  throw new Error("a body that has no mistakes was refused");
}

function codeOf(issue: z.core.$ZodIssue): string {
  const given: unknown = issue.code === "custom" ? issue.params?.["code"] : undefined;
  return typeof given === "string" ? given : (CODES[issue.message] ?? "invalid");
}
