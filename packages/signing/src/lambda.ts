/**
 * Webhooks in AWS Lambda: events of API Gateway (REST, payload 1.0 and HTTP, payload 2.0), of function URLs and of load
 * balancers. AWS has read the body already; what arrives is its text, or its base64 where the gateway takes it as binary.
 */

import { decodeBase64 } from "./encoding/base64.ts";
import { BodyAlreadyParsedError } from "./errors/body-already-parsed-error.ts";
import { BodyTooLargeError } from "./errors/body-too-large-error.ts";
import type { RequestHeaders } from "./request/request-headers.ts";
import { verifyEvent } from "./receive/verify-event.ts";
import type { WebhookEvent } from "./receive/webhook-event.ts";
import { maxBodyBytesOf } from "./receive/webhook-options.ts";
import type { WebhookOptions } from "./receive/webhook-options.ts";

export type { WebhookEvent } from "./receive/webhook-event.ts";
export type { WebhookOptions } from "./receive/webhook-options.ts";

/** An event of any of these sources, as far as it is looked at here. */
export interface LambdaEvent {
  readonly headers?: Readonly<Record<string, string | undefined>> | null | undefined;
  /** Where it is there it has every header, also those that came twice, of which `headers` has only the last. */
  readonly multiValueHeaders?: Readonly<Record<string, readonly string[] | undefined>> | null | undefined;
  readonly body?: string | null | undefined;
  readonly isBase64Encoded?: boolean | undefined;
}

const ADVICE =
  "A middleware such as @middy/http-json-body-parser ran first, or this is the body and not the whole event. Verify the " +
  "event as Lambda hands it over.";

/** The event of a genuine request. Throws a SigningError otherwise; its `statusCode` is what to answer. */
export async function verify<Events extends object = Record<string, unknown>>(
  event: LambdaEvent,
  options: WebhookOptions,
): Promise<WebhookEvent<Events>> {
  const headers: RequestHeaders = event.multiValueHeaders ?? event.headers ?? {};
  return verifyEvent<Events>({ ...options, headers, body: readBody(event, maxBodyBytesOf(options)) });
}

function readBody(event: LambdaEvent, maxBodyBytes: number): string | Uint8Array {
  const body: unknown = event.body ?? "";
  if (typeof body !== "string") throw new BodyAlreadyParsedError(ADVICE);
  if (event.isBase64Encoded !== true) return body;
  // Four characters are three bytes; the exact length is looked at once it is decoded.
  if (body.length > Math.ceil(maxBodyBytes / 3) * 4) throw new BodyTooLargeError(maxBodyBytes);
  const decoded = decodeBase64(body);
  if (decoded === null) throw new BodyAlreadyParsedError(ADVICE);
  return decoded;
}
