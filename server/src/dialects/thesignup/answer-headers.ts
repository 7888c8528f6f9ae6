/** What every answer of the contract carries, errors and streams too: its request's id, and what is left of the budget. */
import type { Context } from "hono";

import { REQUEST_ID_HEADER } from "../../http/request-id.ts";
import { RESPONSE_HEADERS } from "../../http/response-headers.ts";
import type { ThesignupEnv } from "./thesignup-env.ts";

export function answerHeaders(c: Context<ThesignupEnv>): Record<string, string> {
  const { limit, remaining, resetAt } = c.var.budget;
  return {
    [REQUEST_ID_HEADER]: c.var.requestId,
    ...RESPONSE_HEADERS,
    "x-ratelimit-limit": String(limit),
    "x-ratelimit-remaining": String(remaining),
    "x-ratelimit-reset": String(resetAt),
  };
}
