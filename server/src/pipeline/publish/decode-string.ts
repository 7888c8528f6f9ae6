/**
 * The text of a JSON string of a document that was scanned and found sound. Only names, types, channels and ids are
 * ever decoded; a payload never is.
 */

/** `start` is the offset of the opening quote, `end` the one after the closing quote. */
export function decodeString(bytes: Uint8Array, start: number, end: number): string {
  const quoted = Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString("utf8");
  return quoted.includes("\\") ? (JSON.parse(quoted) as string) : quoted.slice(1, -1);
}
