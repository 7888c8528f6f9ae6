/**
 * Takes down a receiver's answer within fixed bounds: the first 16 KiB of the body are kept, 256 KiB are
 * read so that an ordinary long page does not cost the connection, and what comes after is not read. A
 * receiver that answers without end costs this much memory and no more.
 */
import type { Answer } from "./exchange.ts";

const KEPT_BYTES = 16 * 1024;
const DRAINED_BYTES = 256 * 1024;
const NO_BYTES = new Uint8Array(0);

export class AnswerReader {
  readonly #status: number;
  readonly #rawHeaders: readonly Buffer[];
  readonly #kept: Buffer[] = [];
  #bodyBytes = 0;

  /** @param rawHeaders name, value, name, value … as received. */
  constructor(status: number, rawHeaders: readonly Buffer[]) {
    this.#status = status;
    this.#rawHeaders = rawHeaders;
  }

  /** False once enough was read and the connection should be given up. */
  read(chunk: Buffer): boolean {
    // Copied, since a chunk is a view that would keep its whole 64 KiB read buffer alive.
    if (this.#bodyBytes < KEPT_BYTES) this.#kept.push(Buffer.from(chunk.subarray(0, KEPT_BYTES - this.#bodyBytes)));
    this.#bodyBytes += chunk.length;
    return this.#bodyBytes <= DRAINED_BYTES;
  }

  /** @param isComplete whether the body's end was seen. */
  toAnswer(isComplete: boolean): Answer {
    return {
      status: this.#status,
      headers: decodeHeaders(this.#rawHeaders),
      body: this.#bodyBytes === 0 ? NO_BYTES : Buffer.concat(this.#kept),
      bodyBytes: this.#bodyBytes,
      truncated: !isComplete || this.#bodyBytes > KEPT_BYTES,
    };
  }
}

function decodeHeaders(raw: readonly Buffer[]): [string, string][] {
  const headers: [string, string][] = [];
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const name = raw[index]?.toString("latin1").toLowerCase() ?? "";
    // A receiver's session is its own affair, and a secret.
    if (name !== "set-cookie") headers.push([name, raw[index + 1]?.toString("latin1") ?? ""]);
  }
  return headers;
}
