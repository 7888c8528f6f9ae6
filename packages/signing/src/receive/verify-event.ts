/**
 * Verifies a request whose body is at hand and reads its event: what all adapters share once they have the raw bytes.
 * The body is parsed only after its signature was found good.
 */

import { BodyTooLargeError } from "../errors/body-too-large-error.ts";
import { MalformedEventError } from "../errors/malformed-event-error.ts";
import { toBodyBytes } from "../request/request-body.ts";
import type { RequestBody } from "../request/request-body.ts";
import type { RequestHeaders } from "../request/request-headers.ts";
import type { Secret } from "../signature/secrets-to-keys.ts";
import { verifyStandard } from "../standard/verify-standard.ts";
import { verifyTimestamped } from "../timestamped/verify-timestamped.ts";
import { parseJson, readStandardEnvelope, readTimestampedEnvelope } from "./read-envelope.ts";
import type { WebhookEvent } from "./webhook-event.ts";
import { maxBodyBytesOf } from "./webhook-options.ts";
import type { SecretSource, WebhookOptions } from "./webhook-options.ts";

export interface VerifyEventOptions extends WebhookOptions {
  /** As they arrived. */
  readonly headers: RequestHeaders;
  /** The raw body, read before any parser. */
  readonly body: RequestBody;
}

/**
 * Throws everything that verifyStandard and verifyTimestamped throw; BodyTooLargeError; MalformedEventError for a good
 * request whose body is another envelope.
 */
export async function verifyEvent<Events extends object = Record<string, unknown>>(
  options: VerifyEventOptions,
): Promise<WebhookEvent<Events>> {
  const body = toBodyBytes(options.body);
  const maxBodyBytes = maxBodyBytesOf(options);
  if (body.length > maxBodyBytes) throw new BodyTooLargeError(maxBodyBytes);

  const verified = await verifyWith(options, body);
  const { scheme = "standard" } = options;
  const readEnvelope = options.envelope ?? (scheme === "standard" ? readStandardEnvelope : readTimestampedEnvelope);
  const parts = readEnvelope(parseJson(body));
  if (parts === null) throw new MalformedEventError("is not the envelope of the scheme");
  const id = parts.id ?? verified.id;
  if (id === null) throw new MalformedEventError("has no id");
  const { type, data, timestamp = verified.signedAt } = parts;
  const { signedAt, secretIndex } = verified;
  const event = { id, type, timestamp, data, signedAt, secretIndex, body };
  // The map is the receiver's word for what its sender sends; see WebhookEvent.
  return event as unknown as WebhookEvent<Events>;
}

interface Verified {
  /** Null in schemes that sign none. */
  readonly id: string | null;
  readonly signedAt: Date;
  readonly secretIndex: number;
}

async function verifyWith(options: VerifyEventOptions, body: Uint8Array): Promise<Verified> {
  const { secret } = options;
  if (!isSource(secret)) return verifyOnce(options, secret, body);
  try {
    return await verifyOnce(options, await secret.current(), body);
  } catch (error) {
    if ((error as { readonly code?: unknown }).code !== "no_matching_signature") throw error;
    const fresh = await secret.refresh();
    if (fresh === null) throw error;
    return verifyOnce(options, fresh, body);
  }
}

async function verifyOnce(
  options: VerifyEventOptions,
  secret: Secret | readonly Secret[],
  body: Uint8Array,
): Promise<Verified> {
  const { scheme = "standard" } = options;
  const request = { ...options, secret, body };
  if (scheme === "standard") {
    const { id, timestamp, secretIndex } = await verifyStandard(request);
    return { id, signedAt: timestamp, secretIndex };
  }
  const { timestamp, secretIndex } = await verifyTimestamped({ ...request, scheme });
  return { id: null, signedAt: timestamp, secretIndex };
}

function isSource(secret: WebhookOptions["secret"]): secret is SecretSource {
  return typeof secret === "object" && "current" in secret;
}
