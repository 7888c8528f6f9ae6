/** Webhooks in Koa. The body is read here, from the request itself, up to a bound. */

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
  "koa-bodyparser, koa-body or another parser ran first. Put the webhook's middleware before the parser, or let the " +
  "parser leave its path alone; ctx.request.rawBody is a text and not the bytes.";

/** The event of a genuine request. Throws a SigningError otherwise; its `status` is what to answer. */
export async function verify<Events extends object = Record<string, unknown>>(
  ctx: { readonly req: NodeRequest },
  options: WebhookOptions,
): Promise<WebhookEvent<Events>> {
  const body = await readNodeBody(ctx.req, { maxBodyBytes: maxBodyBytesOf(options), advice: ADVICE });
  return verifyEvent<Events>({ ...options, headers: ctx.req.headers, body });
}
