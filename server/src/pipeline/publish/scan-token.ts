/**
 * The smallest pieces of JSON (RFC 8259): space, strings, numbers, literals. Each function gets the offset where its
 * piece starts and gives the offset after it, or the bitwise complement of the offset of the mistake: below zero means
 * refused. Nothing is decoded here, and nothing is allocated.
 */

export const QUOTE = 0x22;
export const COMMA = 0x2c;
export const MINUS = 0x2d;
export const ZERO = 0x30;
export const NINE = 0x39;
export const COLON = 0x3a;
export const OPEN_ARRAY = 0x5b;
const BACKSLASH = 0x5c;
export const CLOSE_ARRAY = 0x5d;
export const OPEN_OBJECT = 0x7b;
export const CLOSE_OBJECT = 0x7d;

/** What a read past the last byte stands for. NUL is legal nowhere in JSON, so the end needs no check of its own. */
export const END = 0;

/** 1 for bytes that stand for themselves inside a string: all but the controls, the quote and the backslash. */
const PLAIN = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte >= 0x20 && byte !== QUOTE && byte !== BACKSLASH ? 1 : 0,
);

/** 1 for what may follow a backslash, but for `u`. */
const ESCAPED = Uint8Array.from({ length: 256 }, (_, byte) =>
  '"\\/bfnrt'.includes(String.fromCharCode(byte)) ? 1 : 0,
);

/** Skips the four bytes that JSON calls space. Never refuses. */
export function skipSpace(bytes: Uint8Array, at: number): number {
  const end = bytes.length;
  let i = at;
  while (i < end) {
    const byte = bytes[i] ?? END;
    if (byte > 0x20 || (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09)) break;
    i += 1;
  }
  return i;
}

/** Skips what stands for itself inside a string; stops at a quote, a backslash, a control or the end. */
export function skipPlain(bytes: Uint8Array, at: number): number {
  let i = at;
  while (PLAIN[bytes[i] ?? END] === 1) i += 1;
  return i;
}

/** Scans a string from its opening quote. The bytes are valid UTF-8 already. */
export function scanString(bytes: Uint8Array, at: number): number {
  let i = at + 1;
  for (;;) {
    i = skipPlain(bytes, i);
    const byte = bytes[i] ?? END;
    if (byte === QUOTE) return i + 1;
    if (byte !== BACKSLASH) return ~i;
    const escaped = bytes[i + 1] ?? END;
    if (ESCAPED[escaped] === 1) i += 2;
    else if (escaped === 0x75 && areFourHexDigits(bytes, i + 2)) i += 6;
    else return ~i;
  }
}

/** RFC 8259 section 6: `-? (0 | [1-9][0-9]*) (. [0-9]+)? ([eE] [+-]? [0-9]+)?`, of any length and size. */
export function scanNumber(bytes: Uint8Array, at: number): number {
  const whole = bytes[at] === MINUS ? at + 1 : at;
  let i = skipDigits(bytes, whole);
  if (i === whole || (bytes[whole] === ZERO && i > whole + 1)) return ~whole;
  if (bytes[i] === 0x2e) {
    const fraction = i + 1;
    i = skipDigits(bytes, fraction);
    if (i === fraction) return ~i;
  }
  if (((bytes[i] ?? END) | 0x20) === 0x65) {
    const sign = bytes[i + 1] ?? END;
    const exponent = sign === 0x2b || sign === MINUS ? i + 2 : i + 1;
    i = skipDigits(bytes, exponent);
    if (i === exponent) return ~i;
  }
  return i;
}

/** Scans `true`, `false` or `null`, whose first byte the caller has seen. */
export function scanLiteral(bytes: Uint8Array, at: number, literal: string): number {
  for (let k = 1; k < literal.length; k += 1) {
    if (bytes[at + k] !== literal.charCodeAt(k)) return ~(at + k);
  }
  return at + literal.length;
}

function areFourHexDigits(bytes: Uint8Array, at: number): boolean {
  for (let i = at; i < at + 4; i += 1) {
    const byte = bytes[i] ?? END;
    const letter = byte | 0x20;
    if (!(byte >= ZERO && byte <= NINE) && !(letter >= 0x61 && letter <= 0x66)) return false;
  }
  return true;
}

function skipDigits(bytes: Uint8Array, at: number): number {
  const end = bytes.length;
  let i = at;
  while (i < end) {
    const byte = bytes[i] ?? END;
    if (byte < ZERO || byte > NINE) break;
    i += 1;
  }
  return i;
}
