/**
 * The pieces that routes declare themselves with, and the OpenAPI 3.1 document made from them. Every status that a
 * route can answer is declared, each failure with the problem schema; the tests refuse an answer whose status is not.
 */
import { z } from "@hono/zod-openapi";

import { IDEMPOTENCY_KEY } from "../../http/idempotency.ts";
import { PROBLEM_CONTENT_TYPE, type ProblemStatus } from "./errors.ts";
import type { NativeApp } from "./native-env.ts";

const problemSchema = z
  .strictObject({
    type: z.string().openapi({ example: "urn:posthorn:problem:not_found" }),
    title: z.string(),
    status: z.int(),
    code: z.string().openapi({ description: "Stable: decide by this.", example: "not_found" }),
    detail: z.string().openapi({ description: "What is wrong with this request, and what to do. For people." }),
    errors: z
      .array(
        z.strictObject({
          path: z.string().openapi({ description: "A JSON pointer into the body, or / and a parameter's name." }),
          code: z.string(),
          message: z.string(),
        }),
      )
      .optional(),
    requestId: z.string(),
  })
  .openapi("Problem");

const problemContent = { [PROBLEM_CONTENT_TYPE]: { schema: problemSchema } };

const DESCRIPTIONS: Readonly<Record<ProblemStatus, string>> = {
  400: "malformed_json, validation_failed",
  401: "unauthenticated",
  403: "scope_required, step_up_required, reveal_disabled",
  404: "not_found",
  405: "method_not_allowed",
  409: "The state of the thing, or of another request, forbids this: see code",
  410: "event_gone, cursor_expired",
  413: "payload_too_large, data_too_large",
  415: "unsupported_media_type",
  422: "idempotency_key_reused, event_type_unknown",
  429: "rate_limited: wait for Retry-After",
  500: "internal_error",
  503: "overloaded, key_unavailable, database_unavailable",
};

interface ProblemResponse {
  description: string;
  content: { [PROBLEM_CONTENT_TYPE]: { schema: typeof problemSchema } };
}

/** Responses for the failures that a route can answer; spread into `responses`. */
export function problems<const Statuses extends readonly ProblemStatus[]>(
  ...statuses: Statuses
): { [Status in Statuses[number]]: ProblemResponse } {
  const responses = statuses.map((status) => [status, { description: DESCRIPTIONS[status], content: problemContent }]);
  return Object.fromEntries(responses) as { [Status in Statuses[number]]: ProblemResponse };
}

/** The JSON body of a request. Without a body, a request counts as having sent `{}`. */
export function jsonBody<Schema extends z.ZodType>(schema: Schema) {
  return { required: true, content: { "application/json": { schema } } } as const;
}

/** The body of a request that needs no input. */
export const emptyBody = { required: false, content: { "application/json": { schema: z.strictObject({}) } } } as const;

/** A successful answer with a JSON body. */
export function jsonAnswer<Schema extends z.ZodType>(schema: Schema, description: string) {
  return { description, content: { "application/json": { schema } } } as const;
}

/** The header that every POST takes; read by the middleware of `http/idempotency.ts`. */
export const idempotencyHeaders = z.object({
  "idempotency-key": z
    .string()
    .regex(IDEMPOTENCY_KEY)
    .optional()
    .openapi({ description: "The same key with the same body within 24 hours repeats the first answer." }),
});

const SECURITY_SCHEME = "key";

/** The document of all routes that `app` has registered, as it stands now. */
export function createOpenApiDocument(app: NativeApp, version: string) {
  app.openAPIRegistry.registerComponent("securitySchemes", SECURITY_SCHEME, {
    type: "http",
    scheme: "bearer",
    description: "The root key, a tenant's API key (ph_…), or the access token of a user's session (pha_…).",
  });
  const document = app.getOpenAPI31Document({
    openapi: "3.1.0",
    info: { title: "Posthorn", version, description: "Webhook delivery: publish once, signed, retried, recorded." },
    security: [{ [SECURITY_SCHEME]: [] }],
  });
  for (const path of Object.values(document.paths ?? {})) {
    for (const operation of [path.get, path.put, path.post, path.patch, path.delete]) {
      if (operation === undefined) continue;
      operation.responses = {
        ...operation.responses,
        default: {
          description: "A fault of ours: internal_error, database_unavailable, key_unavailable.",
          content: { [PROBLEM_CONTENT_TYPE]: { schema: { $ref: "#/components/schemas/Problem" } } },
        },
      };
    }
  }
  return document;
}
