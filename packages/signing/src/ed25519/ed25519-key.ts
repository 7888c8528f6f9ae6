/**
 * The texts of Ed25519 keys in Standard Webhooks: `whsk_` and the base64 of 64 bytes, the private key (RFC 8032's seed)
 * followed by its public key; `whpk_` and the base64 of the 32 bytes of the public key. Pure and synchronous.
 * Whether the two halves of a private key belong together only cryptography can say: whoever imports one checks it, for
 * a signature made with a foreign public half gives the private key away.
 */

import { decodeBase64, encodeBase64 } from "../encoding/base64.ts";

export interface Ed25519KeyPair {
  /** 32 bytes that nobody else may have. */
  readonly seed: Uint8Array<ArrayBuffer>;
  /** 32 bytes for everybody. */
  readonly publicKey: Uint8Array<ArrayBuffer>;
}

export const PRIVATE_KEY_PREFIX = "whsk_";
export const PUBLIC_KEY_PREFIX = "whpk_";

const SEED_BYTES = 32;
const PUBLIC_KEY_BYTES = 32;

/** Null where the text is not of the form. */
export function parseEd25519PrivateKey(text: string): Ed25519KeyPair | null {
  const bytes = text.startsWith(PRIVATE_KEY_PREFIX) ? decodeBase64(text.slice(PRIVATE_KEY_PREFIX.length)) : null;
  if (bytes?.length !== SEED_BYTES + PUBLIC_KEY_BYTES) return null;
  return { seed: bytes.slice(0, SEED_BYTES), publicKey: bytes.slice(SEED_BYTES) };
}

/** Null where the text is not of the form. */
export function parseEd25519PublicKey(text: string): Uint8Array<ArrayBuffer> | null {
  const bytes = text.startsWith(PUBLIC_KEY_PREFIX) ? decodeBase64(text.slice(PUBLIC_KEY_PREFIX.length)) : null;
  return bytes?.length === PUBLIC_KEY_BYTES ? bytes : null;
}

export function encodeEd25519PrivateKey(pair: { readonly seed: Uint8Array; readonly publicKey: Uint8Array }): string {
  const bytes = new Uint8Array(SEED_BYTES + PUBLIC_KEY_BYTES);
  bytes.set(pair.seed);
  bytes.set(pair.publicKey, SEED_BYTES);
  return PRIVATE_KEY_PREFIX + encodeBase64(bytes);
}

export function encodeEd25519PublicKey(publicKey: Uint8Array): string {
  return PUBLIC_KEY_PREFIX + encodeBase64(publicKey);
}
