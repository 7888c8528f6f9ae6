/** Whole numbers as base-62 digits of a fixed width, the form that Velt's ids have. Digits, capitals, small letters. */

const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const VALUES = new Map([...ALPHABET].map((character, value) => [character, BigInt(value)]));

/** At least `width` digits; `value` is not negative. */
export function toBase62(value: bigint, width: number): string {
  let digits = "";
  for (let rest = value; rest > 0n; rest /= 62n) digits = ALPHABET.charAt(Number(rest % 62n)) + digits;
  return digits.padStart(width, "0");
}

/** Null when the text has a character that is no digit. */
export function fromBase62(digits: string): bigint | null {
  let value = 0n;
  for (const character of digits) {
    const digit = VALUES.get(character);
    if (digit === undefined) return null;
    value = value * 62n + digit;
  }
  return value;
}
