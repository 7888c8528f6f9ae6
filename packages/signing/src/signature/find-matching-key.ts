/**
 * Decides which of the keys, if any, made one of the received signatures. Every key is tried against every signature
 * and nothing stops early, so the time taken does not tell which of them matched.
 */

import { decodeBase64 } from "../encoding/base64.ts";
import { verifyEd25519 } from "../ed25519/ed25519-signature.ts";
import { computeSignature } from "./compute-signature.ts";
import { equalsInConstantTime } from "./equals-in-constant-time.ts";

/** Says whether its key made one of the received signatures over the content. */
export type KeyCheck = (content: Uint8Array<ArrayBuffer>) => Promise<boolean>;

/** The index of the first key that fits, or null. */
export async function findMatchingKey(
  checks: readonly KeyCheck[],
  content: Uint8Array<ArrayBuffer>,
): Promise<number | null> {
  let match: number | null = null;
  for (const [index, matches] of checks.entries()) {
    if (await matches(content)) match ??= index;
  }
  return match;
}

export function hmacCheck(options: {
  readonly key: Uint8Array;
  /** As they stand in the header. */
  readonly received: readonly string[];
  /** How the scheme writes the bytes of a signature. */
  readonly encode: (signature: Uint8Array) => string;
}): KeyCheck {
  return async (content) => {
    const expected = options.encode(await computeSignature(options.key, content));
    return options.received.reduce((found, each) => equalsInConstantTime(expected, each) || found, false);
  };
}

export function ed25519Check(options: {
  readonly publicKey: Uint8Array<ArrayBuffer>;
  /** Base64, as they stand in the header. */
  readonly received: readonly string[];
}): KeyCheck {
  return async (content) => {
    let found = false;
    for (const text of options.received) {
      const signature = decodeBase64(text);
      if (signature === null) continue;
      found = (await verifyEd25519({ publicKey: options.publicKey, signature, content })) || found;
    }
    return found;
  };
}
