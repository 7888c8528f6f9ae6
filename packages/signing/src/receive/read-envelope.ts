/**
 * Reads type, time and data out of the verified body of a request: the envelopes of Standard Webhooks, SelfCommunity
 * and thesignup here, any other by a function of the receiver's. Nothing is read from headers but the signed id: other
 * headers are not covered by the signature.
 */

import { MalformedEventError } from "../errors/malformed-event-error.ts";

/** What an envelope says of its event. */
export interface EnvelopeParts {
  /** The id that the signature covers, `webhook-id`, by default; schemes without one need it here. */
  readonly id?: string;
  readonly type: string;
  /** When the event happened; when the request was signed by default. */
  readonly timestamp?: Date;
  readonly data: unknown;
}

/** Reads the parsed JSON of a body; null where it is not the envelope of this sender. */
export type EnvelopeReader = (body: unknown) => EnvelopeParts | null;

/** `{"type", "timestamp": "<ISO 8601>", "data"}`. */
export function readStandardEnvelope(body: unknown): EnvelopeParts | null {
  if (!isObject(body) || typeof body["type"] !== "string" || !("data" in body)) return null;
  const timestamp = typeof body["timestamp"] === "string" ? new Date(body["timestamp"]) : null;
  if (timestamp === null || Number.isNaN(timestamp.getTime())) return null;
  return { type: body["type"], timestamp, data: body["data"] };
}

/** `{"event_id" or "id", "type", "created": <Unix seconds>, "data"}`. */
export function readTimestampedEnvelope(body: unknown): EnvelopeParts | null {
  if (!isObject(body) || typeof body["type"] !== "string" || !("data" in body)) return null;
  const id = body["event_id"] ?? body["id"];
  const created = body["created"];
  if ((typeof id !== "string" && typeof id !== "number") || typeof created !== "number") return null;
  return { id: String(id), type: body["type"], timestamp: new Date(created * 1000), data: body["data"] };
}

/** Throws MalformedEventError for a body that is not JSON in UTF-8. */
export function parseJson(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body));
  } catch {
    throw new MalformedEventError("is not JSON in UTF-8");
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
