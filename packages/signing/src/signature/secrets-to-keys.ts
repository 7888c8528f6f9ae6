/**
 * Makes the HMAC keys of one secret or of the several that live side by side in an overlap, in the order given.
 * One bad secret among good ones is refused like a bad one alone: it would fail on the day the others are gone.
 */

import { MalformedSecretError } from "../errors/malformed-secret-error.ts";
import { SecretTooShortError } from "../errors/secret-too-short-error.ts";
import { parseSecret, USABLE_SECRET_MINIMUM_BYTES } from "../secret/parse-secret.ts";
import type { SecretFormat } from "../secret/secret-profile.ts";

/** The text of a secret as it was shown, or the bytes of its key. */
export type Secret = string | Uint8Array;

/** Throws MalformedSecretError, SecretTooShortError; a TypeError for an empty list. */
export function secretsToKeys(secret: Secret | readonly Secret[], format: SecretFormat): Uint8Array[] {
  const keys = listSecrets(secret).map((each) => secretToKey(each, format));
  if (keys.length === 0) throw new TypeError("At least one secret is needed.");
  return keys;
}

export function listSecrets(secret: Secret | readonly Secret[]): readonly Secret[] {
  return isList(secret) ? secret : [secret];
}

function isList(secret: Secret | readonly Secret[]): secret is readonly Secret[] {
  return Array.isArray(secret);
}

/** Throws MalformedSecretError, SecretTooShortError. */
export function secretToKey(secret: Secret, format: SecretFormat): Uint8Array {
  if (typeof secret !== "string") {
    // An unset environment variable comes here as undefined.
    if (!ArrayBuffer.isView(secret)) throw new MalformedSecretError(format);
    if (secret.length < USABLE_SECRET_MINIMUM_BYTES) throw new SecretTooShortError(USABLE_SECRET_MINIMUM_BYTES);
    return secret;
  }
  const parsed = parseSecret({ format, text: secret });
  if (parsed.ok) return parsed.key;
  switch (parsed.problem) {
    case "malformed":
      throw new MalformedSecretError(format);
    case "too_short":
      throw new SecretTooShortError(USABLE_SECRET_MINIMUM_BYTES);
  }
}
