/**
 * The one function in which the plaintext of a secret leaves storage. Whoever signs with it, or may be shown it, gets
 * it here; nothing else in the product opens a row of secret_versions.
 */
import type { KeyRing } from "../encryption/key-ring.ts";
import { secretIdentity } from "./seal-secret.ts";

export interface SealedSecretRow {
  readonly endpoint_id: string;
  readonly number: number;
  readonly sealed: Uint8Array;
  readonly encryption_key_id: string;
}

export interface OpenSecret {
  readonly number: number;
  /** The secret as its owner knows it. */
  readonly text: string;
}

/** The secrets in the order of `rows`. Throws KeyUnavailableError when a row's key is not at hand. */
export function openSecrets(options: {
  readonly keyRing: KeyRing;
  readonly rows: readonly SealedSecretRow[];
}): OpenSecret[] {
  return options.rows.map((row) => {
    const sealed = { keyId: row.encryption_key_id, bytes: row.sealed };
    const text = options.keyRing.open(sealed, secretIdentity(row.endpoint_id, row.number)).toString();
    return { number: row.number, text };
  });
}
