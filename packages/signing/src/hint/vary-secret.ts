/**
 * The keys that the sender may have used if it reads the same secret in the other of the two ways: as base64 to be
 * decoded, or as text. Each comes with the hint it proves when it verifies.
 */

import { decodeBase64, encodeBase64 } from "../encoding/base64.ts";
import type { SignatureHint } from "../errors/no-matching-signature-error.ts";
import { SECRET_PREFIX } from "../secret/secret-profile.ts";
import type { SecretFormat } from "../secret/secret-profile.ts";
import type { Secret } from "../signature/secrets-to-keys.ts";

export interface KeyVariant {
  readonly hint: SignatureHint;
  readonly key: Uint8Array;
}

export function varySecret(secret: Secret, format: SecretFormat): readonly KeyVariant[] {
  if (typeof secret !== "string") {
    return [...readAsBase64(new TextDecoder().decode(secret)), ...readAsText(SECRET_PREFIX + encodeBase64(secret))];
  }
  switch (format) {
    case "whsec_base64":
      return readAsText(secret);
    case "text":
    case "whsec_text":
      return readAsBase64(secret);
  }
}

function readAsText(secret: string): readonly KeyVariant[] {
  return [secret, withoutPrefix(secret)].map((text) => ({
    hint: "text_secret_used_as_base64",
    key: new TextEncoder().encode(text),
  }));
}

function readAsBase64(secret: string): readonly KeyVariant[] {
  const key = decodeBase64(withoutPrefix(secret));
  return key === null || key.length === 0 ? [] : [{ hint: "base64_secret_used_as_text", key }];
}

function withoutPrefix(secret: string): string {
  return secret.startsWith(SECRET_PREFIX) ? secret.slice(SECRET_PREFIX.length) : secret;
}
