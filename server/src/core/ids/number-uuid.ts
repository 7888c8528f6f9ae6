/**
 * Keys of events, deliveries and attempts as UUIDs, for contracts whose ids are UUIDs: version 8 (RFC 9562, section
 * 5.8), all zero but for the key in its last 60 bits. Reversible, with no mapping table; a UUID of another form is none
 * of ours.
 */

const FORM = /^00000000-0000-8000-8([0-9a-f]{3})-([0-9a-f]{12})$/i;
const KEY_DIGITS = 15;

/** `key` is between 0 and 2^53 - 1. */
export function toNumberUuid(key: number): string {
  const digits = key.toString(16).padStart(KEY_DIGITS, "0");
  return `00000000-0000-8000-8${digits.slice(0, 3)}-${digits.slice(3)}`;
}

/** The key, or null when the text is not the UUID of one. */
export function fromNumberUuid(text: string): number | null {
  const [, high, low] = FORM.exec(text) ?? [];
  if (high === undefined || low === undefined) return null;
  const key = Number.parseInt(high + low, 16);
  return Number.isSafeInteger(key) ? key : null;
}
