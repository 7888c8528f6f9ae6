/**
 * Webhooks in Fastify. Fastify reads a body before any handler runs, so the bytes are captured by `rawBody`, a plugin
 * that takes the place of all parsers in the scope it is registered in, and nowhere else.
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

/** A Fastify instance, as far as it is looked at here. */
export interface FastifyScope {
  removeAllContentTypeParsers(): unknown;
  addContentTypeParser(
    contentType: string,
    parser: (request: unknown, payload: NodeRequest) => Promise<unknown>,
  ): unknown;
}

const ADVICE =
  "Fastify's own parser ran first. Register the webhook's route in a scope with the plugin: app.register(async (scope) " +
  "=> { rawBody(scope); scope.post(…) }).";

/** Leaves the bodies of this scope's routes as the bytes that came, up to `maxBodyBytes` (1 MiB by default). */
export function rawBody(scope: FastifyScope, options?: { readonly maxBodyBytes?: number }): void {
  const maxBodyBytes = maxBodyBytesOf(options);
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser("*", async (_, payload) => readNodeBody(payload, { maxBodyBytes, advice: ADVICE }));
}

/** The event of a genuine request. The bound is kept where the bytes are captured. Throws a SigningError otherwise; Fastify answers with its `statusCode`. */
export async function verify<Events extends object = Record<string, unknown>>(
  request: { readonly headers: NodeRequest["headers"]; readonly body?: unknown },
  options: Omit<WebhookOptions, "maxBodyBytes">,
): Promise<WebhookEvent<Events>> {
  const body = ArrayBuffer.isView(request.body) ? (request.body as Uint8Array) : new Uint8Array();
  if (body !== request.body && saysBody(request.headers)) throw new BodyAlreadyParsedError(ADVICE);
  return verifyEvent<Events>({
    ...options,
    maxBodyBytes: Infinity,
    headers: request.headers,
    body,
  });
}
