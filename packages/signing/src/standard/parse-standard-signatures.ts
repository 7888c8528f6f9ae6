/**
 * Reads the value of `webhook-signature`. Entries of schemes that nobody here knows are kept by name and skipped,
 * as the standard asks of receivers; anything that is not `scheme,signature` makes the whole header malformed, because
 * a header cut or joined on its way would otherwise look like a wrong secret.
 */

import { STANDARD_ED25519_SCHEME, STANDARD_SCHEME } from "./format-standard-signatures.ts";

export interface StandardSignatures {
  /** The `v1` signatures in the order of the header, as text, not yet decoded. */
  readonly signatures: readonly string[];
  /** The `v1a` signatures likewise. */
  readonly ed25519Signatures: readonly string[];
  /** The other schemes that were there. */
  readonly otherSchemes: readonly string[];
}

const ENTRY = /^([a-z0-9]+),([^,]+)$/;

/** Null when the header is malformed. */
export function parseStandardSignatures(header: string): StandardSignatures | null {
  const signatures: string[] = [];
  const ed25519Signatures: string[] = [];
  const otherSchemes: string[] = [];
  for (const entry of header.split(" ")) {
    const [, scheme, signature] = ENTRY.exec(entry) ?? [];
    if (scheme === undefined || signature === undefined) return null;
    if (scheme === STANDARD_SCHEME) signatures.push(signature);
    else if (scheme === STANDARD_ED25519_SCHEME) ed25519Signatures.push(signature);
    else otherSchemes.push(scheme);
  }
  return { signatures, ed25519Signatures, otherSchemes };
}
