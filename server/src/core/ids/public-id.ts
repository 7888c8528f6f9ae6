/**
 * Public ids: a prefix that says what it names, and the stored key in fixed-width base 32 (Crockford's alphabet in
 * lower case: no i, l, o, u), so that ids of one kind sort as their keys do. Reversible, with no mapping table.
 * Numbers (below 2^53) take 11 characters, UUIDs 26.
 */

export type NumberPrefix = "evt" | "dlv" | "att";
export type UuidPrefix = "ten" | "ep" | "key" | "usr" | "rec";

const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";
const NUMBER_WIDTH = 11;
const UUID_WIDTH = 26;
const VALUES = new Map([...ALPHABET].map((character, value) => [character, value]));

/** `evt_` and 11 characters for a key between 0 and 2^53 - 1. */
export function toNumberId(prefix: NumberPrefix, key: number): string {
  let text = "";
  let rest = key;
  for (let index = 0; index < NUMBER_WIDTH; index += 1) {
    text = ALPHABET.charAt(rest % 32) + text;
    rest = Math.floor(rest / 32);
  }
  return `${prefix}_${text}`;
}

/** The key of a public id, or null when the text is not an id of this kind. */
export function fromNumberId(prefix: NumberPrefix, id: string): number | null {
  const digits = digitsOf(prefix, id, NUMBER_WIDTH);
  if (digits === null) return null;
  const key = digits.reduce((sum, digit) => sum * 32 + digit, 0);
  return Number.isSafeInteger(key) ? key : null;
}

/** `ten_` and 26 characters for a UUID in its usual text form. */
export function toUuidId(prefix: UuidPrefix, uuid: string): string {
  let value = BigInt(`0x${uuid.replaceAll("-", "")}`);
  let text = "";
  for (let index = 0; index < UUID_WIDTH; index += 1) {
    text = ALPHABET.charAt(Number(value & 31n)) + text;
    value >>= 5n;
  }
  return `${prefix}_${text}`;
}

/** The UUID of a public id in its usual text form, or null when the text is not an id of this kind. */
export function fromUuidId(prefix: UuidPrefix, id: string): string | null {
  const digits = digitsOf(prefix, id, UUID_WIDTH);
  if (digits === null) return null;
  const value = digits.reduce((sum, digit) => (sum << 5n) | BigInt(digit), 0n);
  if (value >> 128n !== 0n) return null;
  const hex = value.toString(16).padStart(32, "0");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

function digitsOf(prefix: string, id: string, width: number): number[] | null {
  if (id.length !== prefix.length + 1 + width || !id.startsWith(`${prefix}_`)) return null;
  const digits: number[] = [];
  for (const character of id.slice(prefix.length + 1)) {
    const digit = VALUES.get(character);
    if (digit === undefined) return null;
    digits.push(digit);
  }
  return digits;
}
