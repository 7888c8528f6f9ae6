/**
 * The few forms of ASN.1's distinguished encoding rules (X.690) that a certificate is made of.
 */

export function der(tag: number, ...contents: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(contents);
  return Buffer.concat([Buffer.from([tag]), encodeLength(content.length), content]);
}

export const sequence = (...contents: readonly Uint8Array[]): Buffer => der(0x30, ...contents);
export const set = (...contents: readonly Uint8Array[]): Buffer => der(0x31, ...contents);
export const octetString = (content: Uint8Array): Buffer => der(0x04, content);
export const bitString = (content: Uint8Array): Buffer => der(0x03, Buffer.from([0]), content);
export const utf8String = (text: string): Buffer => der(0x0c, Buffer.from(text, "utf8"));
export const boolean = (value: boolean): Buffer => der(0x01, Buffer.from([value ? 0xff : 0]));

/** A positive integer, given as its big-endian bytes. */
export function integer(bytes: Uint8Array): Buffer {
  const needsSign = ((bytes[0] ?? 0) & 0x80) !== 0;
  return der(0x02, needsSign ? Buffer.from([0]) : Buffer.alloc(0), bytes);
}

/** `1.2.840.10045.4.3.2`; the first two arcs share a byte, the others are base 128. */
export function objectIdentifier(text: string): Buffer {
  const [first = 0, second = 0, ...arcs] = text.split(".").map(Number);
  return der(0x06, Buffer.from([first * 40 + second, ...arcs.flatMap(encodeArc)]));
}

/** Years from 2050 on are written as GeneralizedTime, earlier ones as UTCTime (RFC 5280 section 4.1.2.5). */
export function time(date: Date): Buffer {
  const digits = date.toISOString().replaceAll(/[-:T]|\.\d+/g, "");
  return date.getUTCFullYear() >= 2050
    ? der(0x18, Buffer.from(digits, "ascii"))
    : der(0x17, Buffer.from(digits.slice(2), "ascii"));
}

function encodeLength(length: number): Buffer {
  if (length < 0x80) return Buffer.from([length]);
  const bytes: number[] = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256);
  return Buffer.from([0x80 | bytes.length, ...bytes]);
}

function encodeArc(arc: number): number[] {
  const bytes = [arc % 128];
  for (let rest = Math.floor(arc / 128); rest > 0; rest = Math.floor(rest / 128)) bytes.unshift((rest % 128) | 0x80);
  return bytes;
}
