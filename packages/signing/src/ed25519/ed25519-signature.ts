/**
 * Ed25519 (RFC 8032) by WebCrypto. Not every platform has it yet: one that has not is told apart from a key that is
 * wrong, since the first is mended by another platform and the second by another key.
 */

import { Ed25519UnsupportedError } from "../errors/ed25519-unsupported-error.ts";
import { MalformedSecretError } from "../errors/malformed-secret-error.ts";
import type { Ed25519KeyPair } from "./ed25519-key.ts";

const ALGORITHM = "Ed25519";

/** PKCS #8 (RFC 8410) up to the seed; the one form of a private key that every platform imports. */
const PKCS8_PREFIX = Uint8Array.of(0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20);

/**
 * The 64 bytes of the signature. It is verified with the public half before it leaves: a pair that does not belong
 * together would sign what no receiver accepts. Throws MalformedSecretError, Ed25519UnsupportedError.
 */
export async function signEd25519(pair: Ed25519KeyPair, content: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  const { subtle } = globalThis.crypto;
  const pkcs8 = new Uint8Array(PKCS8_PREFIX.length + pair.seed.length);
  pkcs8.set(PKCS8_PREFIX);
  pkcs8.set(pair.seed, PKCS8_PREFIX.length);
  const signature = await orUnsupported(async () => {
    const key = await subtle.importKey("pkcs8", pkcs8, ALGORITHM, false, ["sign"]);
    return new Uint8Array(await subtle.sign(ALGORITHM, key, content));
  });
  if (!(await verifyEd25519({ publicKey: pair.publicKey, signature, content }))) {
    throw new MalformedSecretError("whsk_base64");
  }
  return signature;
}

/** Throws Ed25519UnsupportedError, and MalformedSecretError for a public key that is no point of the curve. */
export async function verifyEd25519(check: {
  readonly publicKey: Uint8Array<ArrayBuffer>;
  readonly signature: Uint8Array<ArrayBuffer>;
  readonly content: Uint8Array<ArrayBuffer>;
}): Promise<boolean> {
  const { subtle } = globalThis.crypto;
  return orUnsupported(async () => {
    const key = await subtle.importKey("raw", check.publicKey, ALGORITHM, false, ["verify"]);
    return subtle.verify(ALGORITHM, key, check.signature, check.content);
  });
}

async function orUnsupported<Result>(operate: () => Promise<Result>): Promise<Result> {
  try {
    return await operate();
  } catch (error) {
    const name = (error as { readonly name?: unknown } | null)?.name;
    if (name === "NotSupportedError") throw new Ed25519UnsupportedError(error);
    // What WebCrypto throws for bytes that it does not take as a key.
    if (name === "DataError") throw new MalformedSecretError("whpk_base64");
    throw error;
  }
}
