/**
 * Names what the HTTP client reports after the connection stood: which error class it is, in one sentence.
 */
import { errors } from "undici";

import type { ExchangeFailure } from "./exchange.ts";

const LOST_CODES = new Set(["ECONNRESET", "EPIPE", "ECONNABORTED", "ETIMEDOUT"]);

/**
 * @param error what undici handed to the request's error callback.
 * @param hasStatus whether the answer's status and headers had arrived.
 */
export function classifyFailure(error: Error, hasStatus: boolean): ExchangeFailure {
  const code = "code" in error ? String(error.code) : error.name;
  if (error instanceof errors.HeadersOverflowError) {
    return { class: "response_invalid", detail: "The answer's headers are larger than 16 KiB." };
  }
  if (error instanceof errors.HTTPParserError && !isCutOff(error)) {
    return { class: "response_invalid", detail: `${error.message || "The answer is not HTTP/1.1"}.` };
  }
  // In a body this is one that was cut off; among headers, a length that contradicts another.
  if (error instanceof errors.ResponseContentLengthMismatchError && !hasStatus) {
    return { class: "response_invalid", detail: "The answer's headers contradict each other." };
  }
  // undici's words for an unexpected 100 or 101, which end the connection.
  if (error instanceof errors.SocketError && error.message.startsWith("bad ")) {
    return { class: "response_invalid", detail: "The answer is an interim or upgrade answer that nobody asked for." };
  }
  if (error instanceof errors.InvalidArgumentError || error instanceof errors.NotSupportedError) {
    return { class: "internal_error", detail: `The request cannot be written: ${error.message}.` };
  }
  if (isConnectionLost(error)) {
    return { class: "connection_reset", detail: `The connection ended before the answer was complete (${code}).` };
  }
  return { class: "internal_error", detail: `The request failed in this server (${code}).` };
}

/** Whether the other side ended the connection. */
export function isConnectionLost(error: Error): boolean {
  if (error instanceof errors.SocketError || error instanceof errors.ResponseContentLengthMismatchError) return true;
  if (isCutOff(error)) return true;
  const code = "code" in error ? String(error.code) : "";
  return LOST_CODES.has(code) || code.startsWith("ERR_SSL_");
}

/** The parser's word for an answer that ends in the middle; it comes without a code. */
function isCutOff(error: Error): boolean {
  return error instanceof errors.HTTPParserError && error.message.includes("Invalid EOF state");
}
