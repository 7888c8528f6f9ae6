/**
 * Decides which of the keys, if any, signed the content with one of the received signatures. Every key is tried
 * against every signature and nothing stops early, so the time taken does not tell which of them matched.
 */

import { computeSignature } from "./compute-signature.ts";
import { equalsInConstantTime } from "./equals-in-constant-time.ts";

export interface SignatureCheck {
  readonly keys: readonly Uint8Array[];
  readonly content: Uint8Array<ArrayBuffer>;
  /** As they stand in the header. */
  readonly received: readonly string[];
  /** How the scheme writes the bytes of a signature. */
  readonly encode: (signature: Uint8Array) => string;
}

/** The index of the first key that fits, or null. */
export async function findMatchingKey(check: SignatureCheck): Promise<number | null> {
  let match: number | null = null;
  for (const [index, key] of check.keys.entries()) {
    const expected = check.encode(await computeSignature(key, check.content));
    for (const signature of check.received) {
      if (equalsInConstantTime(expected, signature)) match ??= index;
    }
  }
  return match;
}
