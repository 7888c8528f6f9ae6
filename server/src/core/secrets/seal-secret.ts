/** A secret version as it is stored: encrypted, bound to its endpoint and number, with a fingerprint to tell it by. */
import type { KeyRing } from "../encryption/key-ring.ts";
import { secretFingerprint } from "./secret-format.ts";

export interface SealedSecret {
  readonly endpointId: string;
  readonly number: number;
  readonly scheme: string;
  readonly fingerprint: string;
  readonly sealed: Uint8Array;
  readonly encryptionKeyId: string;
}

/** Every profile of today signs with it. */
const HMAC_SHA256 = "hmac-sha256";

export function sealSecret(options: {
  readonly keyRing: KeyRing;
  readonly endpointId: string;
  readonly number: number;
  readonly text: string;
}): SealedSecret {
  const { keyRing, endpointId, number, text } = options;
  const value = keyRing.seal(Buffer.from(text), secretIdentity(endpointId, number));
  return {
    endpointId,
    number,
    scheme: HMAC_SHA256,
    fingerprint: secretFingerprint(text),
    sealed: value.bytes,
    encryptionKeyId: value.keyId,
  };
}

/** What binds a sealed secret to its row. */
export function secretIdentity(endpointId: string, number: number): string {
  return `secret:${endpointId}:${number}`;
}
