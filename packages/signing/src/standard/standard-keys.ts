/**
 * The keys behind the secrets of Standard Webhooks, which go by their prefix: `whsec_` is an HMAC secret, `whsk_` signs
 * and `whpk_` verifies by Ed25519. A public key is never taken as an HMAC secret: everybody has it, so everybody could
 * then sign.
 */

import {
  parseEd25519PrivateKey,
  parseEd25519PublicKey,
  PRIVATE_KEY_PREFIX,
  PUBLIC_KEY_PREFIX,
} from "../ed25519/ed25519-key.ts";
import type { Ed25519KeyPair } from "../ed25519/ed25519-key.ts";
import { MalformedSecretError } from "../errors/malformed-secret-error.ts";
import { listSecrets, secretToKey } from "../signature/secrets-to-keys.ts";
import type { Secret } from "../signature/secrets-to-keys.ts";

export type SigningKey =
  | { readonly kind: "hmac"; readonly key: Uint8Array }
  | { readonly kind: "ed25519"; readonly pair: Ed25519KeyPair };

export type VerifyingKey =
  | { readonly kind: "hmac"; readonly key: Uint8Array }
  | { readonly kind: "ed25519"; readonly publicKey: Uint8Array<ArrayBuffer> };

/** Throws MalformedSecretError, SecretTooShortError; a TypeError for an empty list. */
export function toSigningKeys(secret: Secret | readonly Secret[]): readonly SigningKey[] {
  return eachSecret(secret, (text) => {
    if (!text.startsWith(PRIVATE_KEY_PREFIX)) return null;
    const pair = parseEd25519PrivateKey(text);
    if (pair === null) throw new MalformedSecretError("whsk_base64");
    return { kind: "ed25519", pair };
  });
}

/** Throws MalformedSecretError, SecretTooShortError; a TypeError for an empty list. */
export function toVerifyingKeys(secret: Secret | readonly Secret[]): readonly VerifyingKey[] {
  return eachSecret(secret, (text) => {
    // Whoever verifies needs no private key, and should not have it.
    if (text.startsWith(PRIVATE_KEY_PREFIX)) throw new MalformedSecretError("whpk_base64");
    if (!text.startsWith(PUBLIC_KEY_PREFIX)) return null;
    const publicKey = parseEd25519PublicKey(text);
    if (publicKey === null) throw new MalformedSecretError("whpk_base64");
    return { kind: "ed25519", publicKey };
  });
}

/** The secrets that make HMACs. */
export function listHmacSecrets(secret: Secret | readonly Secret[]): readonly Secret[] {
  return listSecrets(secret).filter((each) => typeof each !== "string" || !each.startsWith(PUBLIC_KEY_PREFIX));
}

function eachSecret<Key extends { readonly kind: "ed25519" }>(
  secret: Secret | readonly Secret[],
  toKey: (text: string) => Key | null,
): readonly (Key | { readonly kind: "hmac"; readonly key: Uint8Array })[] {
  const secrets = listSecrets(secret);
  if (secrets.length === 0) throw new TypeError("At least one secret is needed.");
  return secrets.map((each) => {
    const key = typeof each === "string" ? toKey(each) : null;
    return key ?? { kind: "hmac", key: secretToKey(each, "whsec_base64") };
  });
}
