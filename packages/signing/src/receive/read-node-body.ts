/**
 * Reads the raw body of a request of Node's HTTP server, up to a bound: what Express, Koa, NestJS and Fastify stand on.
 * A stream can be read once, so one that a parser has read is refused with what to do about it.
 * What is beyond the bound is let flow past and not kept, so that the answer still reaches the sender.
 */

import { BodyAlreadyParsedError } from "../errors/body-already-parsed-error.ts";
import { BodyTooLargeError } from "../errors/body-too-large-error.ts";

/** As far as it is looked at here, so that this package needs neither Node's types nor any framework's. */
export interface NodeRequest {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Whether something has read from it. */
  readonly readableDidRead?: boolean;
  readonly readableEnded?: boolean;
  readonly destroyed?: boolean;
  on(event: string, listener: (chunk: Uint8Array) => void): unknown;
  off(event: string, listener: (chunk: Uint8Array) => void): unknown;
  resume(): unknown;
}

export interface ReadNodeBodyOptions {
  readonly maxBodyBytes: number;
  /** What to do in this framework about a parser that ran first. */
  readonly advice: string;
}

const CLOSED = "The connection was closed before the body was read.";

/** Throws BodyAlreadyParsedError, BodyTooLargeError; an Error when the connection ends before the body does. */
export function readNodeBody(request: NodeRequest, options: ReadNodeBodyOptions): Promise<Uint8Array> {
  const { maxBodyBytes, advice } = options;
  if (request.readableDidRead === true || request.readableEnded === true) throw new BodyAlreadyParsedError(advice);
  if (request.destroyed === true) throw new Error(CLOSED);
  if (Number(request.headers["content-length"] ?? 0) > maxBodyBytes) {
    request.resume();
    throw new BodyTooLargeError(maxBodyBytes);
  }
  return new Promise((resolve, reject) => {
    const chunks: Uint8Array[] = [];
    let length = 0;
    const settle = (outcome: () => void): void => {
      for (const [event, listener] of listeners) request.off(event, listener);
      outcome();
    };
    const listeners: readonly (readonly [event: string, listener: (chunk: Uint8Array) => void])[] = [
      [
        "data",
        (chunk) => {
          length += chunk.length;
          if (length <= maxBodyBytes) return void chunks.push(chunk);
          settle(() => reject(new BodyTooLargeError(maxBodyBytes)));
          request.resume();
        },
      ],
      ["end", () => settle(() => resolve(join(chunks, length)))],
      ["error", () => settle(() => reject(new Error("The request failed before its body was read.")))],
      ["close", () => settle(() => reject(new Error(CLOSED)))],
    ];
    for (const [event, listener] of listeners) request.on(event, listener);
  });
}

/** Whether a request says that it has a body (RFC 9112, section 6.3); parsers leave nothing behind where it has none. */
export function saysBody(headers: NodeRequest["headers"]): boolean {
  return headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0;
}

/** The pieces as one. */
export function join(chunks: readonly Uint8Array[], length: number): Uint8Array {
  const body = new Uint8Array(length);
  let offset = 0;
  for (const chunk of chunks) {
    body.set(chunk, offset);
    offset += chunk.length;
  }
  return body;
}
