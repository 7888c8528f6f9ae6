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
  if (request.errored !== null) throw request.errored;
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    // Listeners and not an async iterator: publishing passes here, and an iterator costs more than reading.
    request.on("data", (chunk: Buffer) => {
      length += chunk.length;
      if (length <= maxBytes) {
        chunks.push(chunk);
        return;
      }
      // The stream is left open, so that the answer still reaches the caller.
      request.removeAllListeners("data").pause();
      reject(tooLarge(maxBytes));
    });
    request.once("end", () =>
      resolve(chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks, length)),
    );
    request.once("error", reject);
    request.once("close", () => {
      if (!request.readableEnded) reject(new Error("The caller went away before its request was complete."));
    });
  });
}

function tooLarge(maxBytes: number): HttpError {
  // What is left of the body would have to be read before the connection could carry another request.
  return new HttpError("payload_too_large", `A request body may have ${maxBytes} bytes.`, { connection: "close" });
}
