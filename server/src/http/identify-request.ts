/** Gives each request its id, and each answer that id and the headers that every answer has. The first of all middleware. */
import { createMiddleware } from "hono/factory";

import { REQUEST_ID_HEADER, requestId } from "./request-id.ts";
import { RESPONSE_HEADERS } from "./response-headers.ts";

export function identifyRequest() {
  return createMiddleware<{ Variables: { requestId: string } }>(async (c, next) => {
    const id = requestId(c.req.header(REQUEST_ID_HEADER));
    c.set("requestId", id);
    await next();
    c.res.headers.set(REQUEST_ID_HEADER, id);
    // A route may say that its answer is for everybody to keep.
    for (const [name, value] of Object.entries(RESPONSE_HEADERS)) {
      if (!c.res.headers.has(name)) c.res.headers.set(name, value);
    }
  });
}
