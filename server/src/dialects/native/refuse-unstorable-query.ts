/** Refuses query parameters with a NUL character: PostgreSQL stores none, so no filter with one can mean anything. */
import { createMiddleware } from "hono/factory";

import { CoreError } from "../../core/errors/core-error.ts";
import { pointerStep } from "../../http/parse-json-body.ts";
import type { NativeEnv } from "./native-env.ts";

/** Throws `validation_failed`. */
export function refuseUnstorableQuery() {
  return createMiddleware<NativeEnv>(async (c, next) => {
    for (const [name, value] of new URL(c.req.url).searchParams) {
      if (!`${name}${value}`.includes("\u0000")) continue;
      const message = "A query parameter must not hold NUL.";
      throw new CoreError("validation_failed", message, {
        problems: [{ path: pointerStep(name.replaceAll("\u0000", "")), code: "invalid_text", message }],
      });
    }
    await next();
  });
}
