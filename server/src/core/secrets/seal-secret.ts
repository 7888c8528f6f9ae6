/** A secret version as it is stored: encrypted, bound to its endpoint and number, with a fingerprint to tell it by. */
import type { KeyRing } from "../encryption/key-ring.ts";
import type { EndpointSignature } from "../endpoints/endpoint.ts";
import { readEd25519Secret } from "./ed25519-secret.ts";
import { secretFingerprint } from "./secret-format.ts";

export interface SealedSecretValue {
  readonly endpointId: string;
  readonly number: number;
  readonly sealed: Uint8Array;
  readonly encryptionKeyId: string;
}

export interface SealedSecret extends SealedSecretValue {
  readonly scheme: SecretScheme;
  readonly fingerprint: string;
  /** 32 bytes for everybody, of Ed25519; null of HMAC. */
  readonly publicKey: Uint8Array | null;
}

export type SecretScheme = "hmac-sha256" | "ed25519";

interface SecretToSeal {
  readonly keyRing: KeyRing;
  readonly endpointId: string;
  readonly number: number;
  readonly text: string;
}

export function sealSecret(options: SecretToSeal & { readonly signature: EndpointSignature }): SealedSecret {
  const { text, signature } = options;
  const pair = signature === "ed25519" ? readEd25519Secret(text) : null;
  if (signature === "ed25519" && pair === null) throw new Error("A secret that was checked is no Ed25519 key.");
  return {
    ...sealSecretValue(options),
    scheme: signature === "ed25519" ? "ed25519" : "hmac-sha256",
    fingerprint: secretFingerprint(text),
    publicKey: pair?.publicKey ?? null,
  };
}

/** The value alone, for a version that stands already. */
export function sealSecretValue({ keyRing, endpointId, number, text }: SecretToSeal): SealedSecretValue {
  const value = keyRing.seal(Buffer.from(text), secretIdentity(endpointId, number));
  return { endpointId, number, sealed: value.bytes, encryptionKeyId: value.keyId };
}

/** What binds a sealed secret to its row. */
export function secretIdentity(endpointId: string, number: number): string {
  return `secret:${endpointId}:${number}`;
}
