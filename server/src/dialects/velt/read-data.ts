/**
 * Reads `data` of the contract's requests: JSON whatever they say they are. Operations without parameters are sent an
 * empty `data`, an empty object or nothing at all.
 */
import { createMiddleware } from "hono/factory";
import type { z } from "zod";

import { parseJsonBody } from "../../http/parse-json-body.ts";
import { readBody } from "../../http/read-body.ts";
import { invalid } from "./refusals.ts";
import type { VeltContext, VeltEnv } from "./velt-env.ts";

/** Sets `data`. Throws HttpError `payload_too_large`, `malformed_json`; CoreError `validation_failed`. */
export function readData() {
  return createMiddleware<VeltEnv>(async (c, next) => {
    const bytes = await readBody(c.env.incoming);
    const body = bytes.length === 0 ? {} : parseJsonBody(bytes);
    if (!isObject(body)) throw invalid("The request body must be a JSON object.");
    const { data = {} } = body;
    if (!isObject(data)) throw invalid("data must be an object.");
    c.set("data", data);
    await next();
  });
}

/** The request's data as the schema has it. Throws `validation_failed` with the first mistake. */
export function parseData<Schema extends z.ZodType>(c: VeltContext, schema: Schema): z.infer<Schema> {
  const parsed = schema.safeParse(c.var.data);
  if (parsed.success) return parsed.data;
  throw invalid(parsed.error.issues[0]?.message ?? "The data is not valid.");
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
