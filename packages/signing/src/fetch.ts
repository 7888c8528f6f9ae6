/**
 * Webhooks in handlers that take a web-standard `Request`: Next.js route handlers, Hono, Remix, SvelteKit, Workers,
 * Deno, Bun. The body is read here, once, up to a bound.
 */

import { BodyAlreadyParsedError } from "./errors/body-already-parsed-error.ts";
import { BodyTooLargeError } from "./errors/body-too-large-error.ts";
import { join } from "./receive/read-node-body.ts";
import { verifyEvent } from "./receive/verify-event.ts";
import type { WebhookEvent } from "./receive/webhook-event.ts";
import { maxBodyBytesOf } from "./receive/webhook-options.ts";
import type { WebhookOptions } from "./receive/webhook-options.ts";

export type { WebhookEvent } from "./receive/webhook-event.ts";
export type { WebhookOptions } from "./receive/webhook-options.ts";

/** A `Request`, as far as it is looked at here: this package needs no types of the DOM. */
export interface FetchRequest {
  readonly headers: { get(name: string): string | null };
  readonly bodyUsed: boolean;
  readonly body: {
    getReader(): {
      read(): Promise<{ readonly done: boolean; readonly value?: Uint8Array | undefined }>;
      cancel(): Promise<void>;
    };
  } | null;
}

const ADVICE =
  "request.json(), text() or another reader ran first. Verify before anything reads the request, in Hono with c.req.raw " +
  "before c.req.json(); the parsed data is in the event.";

/** The event of a genuine request. Throws a SigningError otherwise; its `status` is what to answer. */
export async function verify<Events extends object = Record<string, unknown>>(
  request: FetchRequest,
  options: WebhookOptions,
): Promise<WebhookEvent<Events>> {
  if (request.bodyUsed) throw new BodyAlreadyParsedError(ADVICE);
  const body = await readBody(request, maxBodyBytesOf(options));
  return verifyEvent<Events>({ ...options, headers: request.headers, body });
}

async function readBody(request: FetchRequest, maxBodyBytes: number): Promise<Uint8Array> {
  if (Number(request.headers.get("content-length") ?? 0) > maxBodyBytes) throw new BodyTooLargeError(maxBodyBytes);
  const reader = request.body?.getReader();
  const chunks: Uint8Array[] = [];
  let length = 0;
  for (;;) {
    const { value } = (await reader?.read()) ?? {};
    if (value === undefined) return join(chunks, length);
    length += value.length;
    if (length > maxBodyBytes) {
      await reader?.cancel();
      throw new BodyTooLargeError(maxBodyBytes);
    }
    chunks.push(value);
  }
}
