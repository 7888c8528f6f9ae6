/**
 * Reads the body of every request that may have one: bounded, JSON, fit to be stored. Handlers then see it through
 * their schemas; the bytes stay for the fingerprint of an Idempotency-Key. No body counts as `{}`, so that verbs
 * without input need none and the others say which members they miss.
 */
import { createMiddleware } from "hono/factory";

import { HttpError } from "../../http/http-error.ts";
import { parseJsonBody } from "../../http/parse-json-body.ts";
import { readBody } from "../../http/read-body.ts";
import type { NativeEnv } from "./native-env.ts";

const METHODS_WITH_BODY: ReadonlySet<string> = new Set(["POST", "PUT", "PATCH"]);
const JSON_TYPE = /^application\/json\s*(;\s*charset\s*=\s*"?utf-8"?\s*)?$/i;
const EMPTY_OBJECT = Buffer.from("{}");

/** Throws `payload_too_large`, `unsupported_media_type`, `malformed_json`, `validation_failed`. */
export function readJsonBody() {
  return createMiddleware<NativeEnv>(async (c, next) => {
    if (!METHODS_WITH_BODY.has(c.req.method)) return next();
    const received = await readBody(c.env.incoming);
    if (received.length > 0) refuseOtherTypes(c.req.header("content-type"), c.req.header("content-encoding"));
    const body = received.length > 0 ? received : EMPTY_OBJECT;
    parseJsonBody(body);

    c.set("body", body);
    c.req.raw = new Request(c.req.raw.url, {
      method: c.req.method,
      headers: [...c.req.raw.headers].filter(([name]) => name !== "content-type").concat([JSON_HEADER]),
      body,
    });
    return next();
  });
}

const JSON_HEADER: [string, string] = ["content-type", "application/json"];

export function refuseOtherTypes(type: string | undefined, encoding: string | undefined): void {
  if (type === undefined || !JSON_TYPE.test(type)) {
    throw new HttpError("unsupported_media_type", "Send the body as Content-Type: application/json, in UTF-8.");
  }
  if (encoding !== undefined && encoding.toLowerCase() !== "identity") {
    throw new HttpError("unsupported_media_type", "Send the body without Content-Encoding.");
  }
}
