/** Holds what a request gives against a schema: its JSON body, its path, its query. */
import type { Context } from "hono";
import { createMiddleware } from "hono/factory";
import type { z } from "zod";

import { CoreError } from "../../core/errors/core-error.ts";
import { parseJsonBody, pointerStep } from "../../http/parse-json-body.ts";
import { readBody as readBytes } from "../../http/read-body.ts";
import { pathSchema } from "./schemas.ts";
import type { ThesignupEnv } from "./thesignup-env.ts";

/** A list of thousands of mistakes helps nobody. */
const PROBLEMS_MAX = 100;
const METHODS_WITH_BODY: ReadonlySet<string> = new Set(["POST", "PATCH"]);
const NO_BYTES = new Uint8Array();

/** Sets `body`, as it came. Throws `payload_too_large`. */
export function readBody() {
  return createMiddleware<ThesignupEnv>(async (c, next) => {
    c.set("body", METHODS_WITH_BODY.has(c.req.method) ? await readBytes(c.env.incoming) : NO_BYTES);
    await next();
  });
}

/** The body as the schema has it; nothing is `{}`. Throws `malformed_json`, `validation_failed`. */
export function parseBody<Schema extends z.ZodType>(c: Context<ThesignupEnv>, schema: Schema): z.infer<Schema> {
  const { body } = c.var;
  return check(schema, body.length === 0 ? {} : parseJsonBody(body));
}

/** The UUID in the path, in lower case. Throws `validation_failed`. */
export function pathId(c: Context<ThesignupEnv>): string {
  return check(pathSchema, c.req.param()).id.toLowerCase();
}

/** Throws `validation_failed` with a problem for each mistake. */
export function check<Schema extends z.ZodType>(schema: Schema, value: unknown): z.infer<Schema> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.slice(0, PROBLEMS_MAX).map(({ path, code, message }) => ({
    path: path.map((step) => pointerStep(typeof step === "number" ? step : String(step))).join(""),
    code,
    message,
  }));
  throw new CoreError("validation_failed", "The request does not have the documented form.", { problems });
}
