/** Reads a JWK Set (RFC 7517) for its Ed25519 public keys (RFC 8037), as `whpk_…` texts. Other keys are not for us. */

import { decodeBase64 } from "../encoding/base64.ts";
import { encodeEd25519PublicKey } from "../ed25519/ed25519-key.ts";

/** In the order of the set. Null where the text is no JWK Set. */
export function parseJwks(text: string): readonly string[] | null {
  const set = parseObject(text);
  const keys: unknown = set?.["keys"];
  if (!Array.isArray(keys)) return null;
  return keys.flatMap((key: unknown) => toPublicKey(key) ?? []);
}

function toPublicKey(key: unknown): string | null {
  if (typeof key !== "object" || key === null) return null;
  const { kty, crv, x, use } = key as Readonly<Record<string, unknown>>;
  if (kty !== "OKP" || crv !== "Ed25519" || typeof x !== "string" || (use !== undefined && use !== "sig")) return null;
  // 32 bytes are 43 characters of base64url, and one of padding that it leaves out.
  const bytes = x.length === 43 ? decodeBase64(`${x.replaceAll("-", "+").replaceAll("_", "/")}=`) : null;
  return bytes === null ? null : encodeEd25519PublicKey(bytes);
}

function parseObject(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" ? (value as Readonly<Record<string, unknown>> | null) : null;
  } catch {
    return null;
  }
}
