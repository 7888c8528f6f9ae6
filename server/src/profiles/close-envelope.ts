/**
 * Puts the published bytes into an envelope without looking at them: they are copied, never parsed and printed, so what
 * was published is what is signed and sent.
 */

/** `head` is ASCII and ends where the data begins; what is written behind the data is the closing brace. */
export function closeEnvelope(head: string, data: Uint8Array): Uint8Array {
  const body = Buffer.allocUnsafe(head.length + data.length + 1);
  body.write(head, 0, "latin1");
  body.set(data, head.length);
  body[body.length - 1] = 0x7d;
  return body;
}
