/**
 * Reads a request's body up to a bound. A declared length above it is refused before a byte is read; an undeclared one
 * as soon as it is passed. Written against a caller that sends without end: what is kept never exceeds the bound.
 */
import type { IncomingMessage } from "node:http";

import { HttpError } from "./http-error.ts";

/** The bound of every request (1 MiB); single fields have their own, smaller ones. */
const REQUEST_BODY_BYTES_MAX = 1024 * 1024;

/** Throws HttpError `payload_too_large`; rejects as the stream does when the caller goes away. */
export async function readBody(request: IncomingMessage, maxBytes: number = REQUEST_BODY_BYTES_MAX): Promise<Buffer> {
  if (Number(request.headers["content-length"] ?? 0) > maxBytes) throw tooLarge(maxBytes);
  const chunks: Buffer[] = [];
  let length = 0;
  // The stream is left open on a refusal, so that the answer still reaches the caller.
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    const bytes = chunk as Buffer;
    length += bytes.length;
    if (length > maxBytes) throw tooLarge(maxBytes);
    chunks.push(bytes);
  }
  return Buffer.concat(chunks, length);
}

function tooLarge(maxBytes: number): HttpError {
  // What is left of the body would have to be read before the connection could carry another request.
  return new HttpError("payload_too_large", `A request body may have ${maxBytes} bytes.`, { connection: "close" });
}
