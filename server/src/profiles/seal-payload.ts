/**
 * Velt's third step, behind `wrap`: the payload as `{"encodedPayload"}` in base64, or as `{"encryptedData",
 * "encryptedKey","iv"}`, encrypted with a fresh key that only the owner of the public key can open. Done at each try by
 * what is set then. Written against one failure above all: where encryption is asked for and cannot be done, nothing is
 * sent, and never the plaintext.
 */
import { constants, createCipheriv, publicEncrypt, randomBytes } from "node:crypto";

import { type PublicKey, readPublicKey } from "./public-key.ts";

export interface SealSettings {
  readonly encodeData: boolean;
  readonly encryptData: boolean;
  /** As `readPublicKey` takes it; empty: none. */
  readonly publicKey: string;
}

export type SealedPayload =
  | { readonly ok: true; readonly body: Uint8Array }
  /** One sentence for people that says why nothing may be sent. */
  | { readonly ok: false; readonly obstacle: string };

const KEY_BYTES = 32;
const IV_BYTES = 16;

/** `random` gives fresh bytes, nothing else. Encryption wins over encoding. */
export function sealPayload(
  payload: Uint8Array,
  settings: SealSettings,
  random: (bytes: number) => Uint8Array = randomBytes,
): SealedPayload {
  if (settings.encryptData) return encrypt(payload, settings.publicKey, random);
  if (!settings.encodeData) return { ok: true, body: payload };
  return { ok: true, body: Buffer.from(`{"encodedPayload":"${toBase64(payload)}"}`, "latin1") };
}

/** AES-256-CBC with PKCS#7 padding over the payload, RSA-OAEP with SHA-256 (RFC 8017, 7.1; MGF1 likewise) over its key. */
function encrypt(payload: Uint8Array, publicKey: string, random: (bytes: number) => Uint8Array): SealedPayload {
  if (publicKey === "") {
    return { ok: false, obstacle: "Payloads are to be encrypted, but no public key is set." };
  }
  const recipient = findPublicKey(publicKey);
  if (recipient === null) {
    return { ok: false, obstacle: "Payloads are to be encrypted, but the public key that is set cannot be used." };
  }
  const [key, iv] = [random(KEY_BYTES), random(IV_BYTES)];
  const cipher = createCipheriv("aes-256-cbc", key, iv);
  const data = Buffer.concat([cipher.update(payload), cipher.final()]);
  const sealedKey = publicEncrypt(
    { key: recipient.key, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: "sha256" },
    key,
  );
  const body = `{"encryptedData":"${toBase64(data)}","encryptedKey":"${toBase64(sealedKey)}","iv":"${toBase64(iv)}"}`;
  return { ok: true, body: Buffer.from(body, "latin1") };
}

/** Reading a key costs more than using it; tenants that encrypt at the same time are few. */
const KEPT_KEYS_MAX = 1_000;
const keptKeys = new Map<string, PublicKey | null>();

function findPublicKey(text: string): PublicKey | null {
  const known = keptKeys.get(text);
  if (known !== undefined) return known;
  if (keptKeys.size >= KEPT_KEYS_MAX) keptKeys.clear();
  const key = readPublicKey(text);
  keptKeys.set(text, key);
  return key;
}

function toBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");
}
