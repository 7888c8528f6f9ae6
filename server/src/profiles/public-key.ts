/**
 * Reads the RSA public key that payloads are encrypted for, in whichever form its owner has it: bare base64 of the DER
 * bytes or PEM, and in either a SubjectPublicKeyInfo (RFC 5280, 4.1) or an RSAPublicKey of PKCS#1 (RFC 8017, A.1.1).
 * Both kinds of pair are in use, and the forms look alike. A key that a delivery could not be encrypted with, or only
 * at a cost that holds everyone up, is none.
 */
import { createPublicKey, type KeyObject } from "node:crypto";

export interface PublicKey {
  /** Bare base64, without header, footer and line breaks. */
  readonly text: string;
  readonly key: KeyObject;
}

/** A key of 8192 bits has some 1,500 characters. */
const PUBLIC_KEY_CHARACTERS_MAX = 8192;
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;
const PEM_LINES = /-----(?:BEGIN|END) (?:RSA )?PUBLIC KEY-----/g;
/** Below 1024 bits a key is no protection; above 8192, or with a large exponent, each delivery costs milliseconds. */
const BITS_MIN = 1024;
const BITS_MAX = 8192;
const EXPONENT_MAX = 2n ** 32n;

/** Null when the text is no such key. */
export function readPublicKey(text: string): PublicKey | null {
  if (text.length > PUBLIC_KEY_CHARACTERS_MAX) return null;
  const bare = text.replaceAll(PEM_LINES, "").replaceAll(/\s+/g, "");
  if (!BASE64.test(bare)) return null;
  const der = Buffer.from(bare, "base64");
  const key = parse(der, "spki") ?? parse(der, "pkcs1");
  return key === null || !isUsable(key) ? null : { text: bare, key };
}

function parse(der: Buffer, type: "spki" | "pkcs1"): KeyObject | null {
  try {
    return createPublicKey({ key: der, format: "der", type });
  } catch {
    return null;
  }
}

function isUsable(key: KeyObject): boolean {
  const { modulusLength = 0, publicExponent = 0n } = key.asymmetricKeyDetails ?? {};
  if (key.asymmetricKeyType !== "rsa" || modulusLength < BITS_MIN || modulusLength > BITS_MAX) return false;
  return publicExponent > 1n && publicExponent % 2n === 1n && publicExponent <= EXPONENT_MAX;
}
