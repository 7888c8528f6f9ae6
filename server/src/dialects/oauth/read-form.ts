/**
 * Reads a body of `application/x-www-form-urlencoded` (RFC 6749, appendix B): each parameter once, one without a value as
 * though it were not there (3.2). Bounded, because nobody who sends it has proved anything.
 */
import { createMiddleware } from "hono/factory";

import { CoreError } from "../../core/errors/core-error.ts";
import { readBody } from "../../http/read-body.ts";
import type { OAuthEnv } from "./oauth-env.ts";

const FORM_BYTES_MAX = 8 * 1024;
const FORM_TYPE = "application/x-www-form-urlencoded";

/** Sets `form`. Throws `payload_too_large`, `validation_failed`. */
export function readForm() {
  return createMiddleware<OAuthEnv>(async (c, next) => {
    c.set("form", c.req.method === "POST" ? await read(c.req.header("content-type"), c.env.incoming) : new Map());
    await next();
  });
}

/** Throws `validation_failed` where it is missing, or longer than `charactersMax`. */
export function parameter(form: ReadonlyMap<string, string>, name: string, charactersMax = 1024): string {
  const value = form.get(name);
  if (value === undefined) throw invalidRequest(`The parameter ${name} is missing.`);
  if (value.length > charactersMax) throw invalidRequest(`The parameter ${name} is too long.`);
  return value;
}

async function read(type: string | undefined, incoming: Parameters<typeof readBody>[0]): Promise<Map<string, string>> {
  if (type?.split(";")[0]?.trim().toLowerCase() !== FORM_TYPE) throw invalidRequest(`Send ${FORM_TYPE}.`);
  const bytes = await readBody(incoming, FORM_BYTES_MAX);
  const form = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(bytes.toString("utf8"))) {
    if (form.has(name)) throw invalidRequest("A parameter is there twice.");
    // No database text holds it.
    if (value.includes("\0")) throw invalidRequest("A parameter holds a null character.");
    form.set(name, value);
  }
  for (const [name, value] of form) if (value === "") form.delete(name);
  return form;
}

function invalidRequest(message: string): CoreError {
  return new CoreError("validation_failed", message, { problems: [{ path: "", code: "invalid_request", message }] });
}
