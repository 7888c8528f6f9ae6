/**
 * The raw body of a request as bytes. A string is taken as the UTF-8 text it was; anything else has been through a
 * parser, and no way of writing it again is sure to give the signed bytes.
 */

import { BodyAlreadyParsedError } from "../errors/body-already-parsed-error.ts";

/** The body as it arrived: bytes, or the text they are in UTF-8. A Node Buffer is a Uint8Array. */
export type RequestBody = string | Uint8Array | ArrayBuffer;

/** Throws BodyAlreadyParsedError for anything else, which callers without types may pass. */
export function toBodyBytes(body: RequestBody): Uint8Array {
  if (typeof body === "string") return new TextEncoder().encode(body);
  // Not instanceof: test runners and sandboxes hand over bytes of another realm, whose classes are not ours.
  if (ArrayBuffer.isView(body)) return new Uint8Array(body.buffer, body.byteOffset, body.byteLength);
  if (Object.prototype.toString.call(body) === "[object ArrayBuffer]") return new Uint8Array(body);
  throw new BodyAlreadyParsedError();
}

/** `String(parsedBody)`: never JSON, so it was never what a sender signed. */
const STRINGIFIED_OBJECT = "[object Object]";

export function isStringifiedObject(body: Uint8Array): boolean {
  return body.length === STRINGIFIED_OBJECT.length && new TextDecoder().decode(body) === STRINGIFIED_OBJECT;
}
