/**
 * Webhooks in NestJS. Its parsers run before any controller, so the bytes are captured earlier: by `captureRawBody`
 * for the webhook's path alone, or by Nest itself, created with `rawBody: true` (its parser's bound is 100 kB then).
 */

import { BodyAlreadyParsedError } from "./errors/body-already-parsed-error.ts";
import { readNodeBody, saysBody } from "./receive/read-node-body.ts";
import type { NodeRequest } from "./receive/read-node-body.ts";
import { verifyEvent } from "./receive/verify-event.ts";
import type { WebhookEvent } from "./receive/webhook-event.ts";
import { maxBodyBytesOf } from "./receive/webhook-options.ts";
import type { WebhookOptions } from "./receive/webhook-options.ts";

export type { NodeRequest } from "./receive/read-node-body.ts";
export type { WebhookEvent } from "./receive/webhook-event.ts";
export type { WebhookOptions } from "./receive/webhook-options.ts";

const ADVICE =
  'Nest\'s own parser ran first. Before app.listen() call app.use("/path/of/the/webhook", captureRawBody()), or create ' +
  "the application with { rawBody: true }.";

/** A middleware for Nest on Express: leaves the bytes that came in `request.rawBody`, up to 1 MiB by default. */
export function captureRawBody(options?: {
  readonly maxBodyBytes?: number;
}): (request: NodeRequest, response: unknown, next: (error?: unknown) => void) => Promise<void> {
  const maxBodyBytes = maxBodyBytesOf(options);
  return async (request, _, next) => {
    try {
      const rawBody = await readNodeBody(request, { maxBodyBytes, advice: ADVICE });
      // The mark keeps the parsers of Express 4 from waiting for a stream that has been read; those of 5 look for themselves.
      Object.assign(request, { rawBody, _body: true });
    } catch (error) {
      next(error);
      return;
    }
    next();
  };
}

/** The event of a genuine request. The bound is kept where the bytes are captured. Throws a SigningError otherwise; Nest answers with its `statusCode`. */
export async function verify<Events extends object = Record<string, unknown>>(
  request: { readonly headers: NodeRequest["headers"]; readonly rawBody?: Uint8Array | undefined },
  options: Omit<WebhookOptions, "maxBodyBytes">,
): Promise<WebhookEvent<Events>> {
  const { headers, rawBody } = request;
  if (!ArrayBuffer.isView(rawBody) && saysBody(headers)) throw new BodyAlreadyParsedError(ADVICE);
  return verifyEvent<Events>({ ...options, maxBodyBytes: Infinity, headers, body: rawBody ?? new Uint8Array() });
}
