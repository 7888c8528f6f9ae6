/**
 * Webhooks in Express 4 and 5. The body is read here, from the request itself, up to a bound. `express.raw()` before it
 * does no harm; `express.json()` before it does, and is named.
 */

import { readNodeBody } from "./receive/read-node-body.ts";
import type { NodeRequest } from "./receive/read-node-body.ts";
import { verifyEvent } from "./receive/verify-event.ts";
import type { WebhookEvent } from "./receive/webhook-event.ts";
import { maxBodyBytesOf } from "./receive/webhook-options.ts";
import type { WebhookOptions } from "./receive/webhook-options.ts";

export type { NodeRequest } from "./receive/read-node-body.ts";
export type { WebhookEvent } from "./receive/webhook-event.ts";
export type { WebhookOptions } from "./receive/webhook-options.ts";

const ADVICE =
  "express.json() or another parser ran first. Register the webhook's route before app.use(express.json()), or put " +
  'express.raw({ type: "*/*" }) in front of the parser for its path.';

/** The event of a genuine request. Throws a SigningError otherwise; its `status` is what to answer. */
export async function verify<Events extends object = Record<string, unknown>>(
  request: NodeRequest & { readonly body?: unknown },
  options: WebhookOptions,
): Promise<WebhookEvent<Events>> {
  // express.raw() leaves the bytes; every other parser leaves what cannot be verified.
  const body = ArrayBuffer.isView(request.body)
    ? (request.body as Uint8Array)
    : await readNodeBody(request, { maxBodyBytes: maxBodyBytesOf(options), advice: ADVICE });
  return verifyEvent<Events>({ ...options, headers: request.headers, body });
}
