/**
 * UUIDs in the form that Velt's ids have: a prefix and 27 base-62 digits. Reversible, with no mapping table; each UUID has
 * one text, and every other text of the form names none.
 */
import { fromBase62, toBase62 } from "../../profiles/base62.ts";

export type Base62Prefix = "ep" | "app" | "atmpt";

const WIDTH = 27;

/** `ep_` and 27 digits for a UUID in its usual text form. */
export function toBase62Id(prefix: Base62Prefix, uuid: string): string {
  return `${prefix}_${toBase62(BigInt(`0x${uuid.replaceAll("-", "")}`), WIDTH)}`;
}

/** The UUID in its usual text form, or null when the text is no id of this kind. */
export function fromBase62Id(prefix: Base62Prefix, id: string): string | null {
  if (id.length !== prefix.length + 1 + WIDTH || !id.startsWith(`${prefix}_`)) return null;
  const value = fromBase62(id.slice(prefix.length + 1));
  if (value === null || value >> 128n !== 0n) return null;
  const hex = value.toString(16).padStart(32, "0");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

/** `atmpt_` and 27 digits for the key of an attempt. */
export function toBase62NumberId(prefix: Base62Prefix, key: number): string {
  return `${prefix}_${toBase62(BigInt(key), WIDTH)}`;
}
