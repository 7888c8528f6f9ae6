/**
 * Ed25519 keys as secrets of an endpoint: made from the platform's randomness, or brought by an owner and checked. The
 * public half is always derived from the private one and never believed: signing under a foreign public key gives the
 * private key away.
 */
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from "node:crypto";

import { encodeEd25519PrivateKey, parseEd25519PrivateKey } from "@posthorn/signing/schemes";

/** PKCS #8 up to the 32 bytes of the seed (RFC 8410, section 7). */
const PKCS8_PREFIX = Buffer.from("302e020100300506032b657004220420", "hex");
const KEY_BYTES = 32;

/** `whsk_…` */
export function generateEd25519Secret(): string {
  const { privateKey } = generateKeyPairSync("ed25519");
  const seed = privateKey.export({ format: "der", type: "pkcs8" }).subarray(-KEY_BYTES);
  return encodeEd25519PrivateKey({ seed, publicKey: publicKeyOf(privateKey) });
}

/** The key of a stored or given `whsk_…`; null where it is malformed, or its halves do not belong together. */
export function readEd25519Secret(text: string): { readonly key: KeyObject; readonly publicKey: Uint8Array } | null {
  const pair = parseEd25519PrivateKey(text);
  if (pair === null) return null;
  const key = createPrivateKey({ key: Buffer.concat([PKCS8_PREFIX, pair.seed]), format: "der", type: "pkcs8" });
  const publicKey = publicKeyOf(key);
  return publicKey.equals(pair.publicKey) ? { key, publicKey } : null;
}

function publicKeyOf(key: KeyObject): Buffer {
  return createPublicKey(key).export({ format: "der", type: "spki" }).subarray(-KEY_BYTES);
}
