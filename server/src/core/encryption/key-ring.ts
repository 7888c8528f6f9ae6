/**
 * The keys that encrypt what must not be read from a stolen database: AES-256-GCM (NIST SP 800-38D), a random
 * 96-bit nonce for each value, the row's identity as associated data, so that a value moved to another row does not
 * open. The first key encrypts; every key decrypts what names it.
 */
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from "node:crypto";

export interface SealedValue {
  readonly keyId: string;
  /** nonce (12 bytes), ciphertext, tag (16 bytes). */
  readonly bytes: Uint8Array;
}

export interface KeyRing {
  readonly currentKeyId: string;
  readonly keyIds: readonly string[];
  /**
   * Encrypts with the current key. `identity` names the row and column, for example `secret:<endpoint>:<number>`. Throws
   * KeyUnavailableError where that key was taken out of the ring.
   */
  seal(plaintext: Uint8Array, identity: string): SealedValue;
  /** Throws KeyUnavailableError when the key is not in the ring or does not open the value. */
  open(sealed: SealedValue, identity: string): Buffer;
  /**
   * A key of 32 bytes for one purpose, made from the named key by HKDF-SHA256 (RFC 5869): always the same, and it tells
   * nothing of that key or of other purposes. Throws KeyUnavailableError when the key is not in the ring.
   */
  derive(keyId: string, purpose: string): Buffer;
  /**
   * The same ring without these keys, the current one staying current whether or not it is there: what it would seal or
   * sign is refused by KeyUnavailableError then.
   */
  without(keyIds: readonly string[]): KeyRing;
}

/** The value cannot be read with the keys at hand. What needed it waits; nothing is lost. */
export class KeyUnavailableError extends Error {
  override readonly name = "KeyUnavailableError";
  readonly keyId: string;

  constructor(keyId: string, message: string) {
    super(message);
    this.keyId = keyId;
  }
}

const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const KEY_BYTES = 32;
/** The keys are uniform already, so extraction needs none (RFC 5869, 3.1). */
const NO_SALT = Buffer.alloc(0);
const KEY_ID = /^[A-Za-z0-9_-]{1,32}$/;

/** Reads `id:base64[,id:base64…]`, the first being current. Throws a plain Error that names the entry, not the key. */
export function parseKeyRing(text: string): KeyRing {
  const keys = new Map<string, Buffer>();
  for (const [index, entry] of text.split(",").entries()) {
    const colon = entry.indexOf(":");
    const id = entry.slice(0, Math.max(colon, 0)).trim();
    if (!KEY_ID.test(id)) {
      throw new Error(`Encryption key ${index + 1}: expected id:base64 with an id of letters, digits, - and _.`);
    }
    const key = Buffer.from(entry.slice(colon + 1).trim(), "base64");
    if (key.length !== KEY_BYTES) {
      throw new Error(`Encryption key ${id}: expected ${KEY_BYTES} bytes in base64, found ${key.length}.`);
    }
    if (keys.has(id)) throw new Error(`Encryption key ${id} is given twice.`);
    keys.set(id, key);
  }
  const [currentKeyId] = keys.keys();
  if (currentKeyId === undefined) throw new Error("No encryption key is given.");
  return createKeyRing(keys, currentKeyId);
}

function createKeyRing(keys: ReadonlyMap<string, Buffer>, currentKeyId: string): KeyRing {
  return {
    currentKeyId,
    keyIds: [...keys.keys()],
    seal(plaintext, identity) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv("aes-256-gcm", keyOf(keys, currentKeyId), nonce).setAAD(Buffer.from(identity));
      const bytes = Buffer.concat([nonce, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
      return { keyId: currentKeyId, bytes };
    },
    open: (sealed, identity) => decrypt(keyOf(keys, sealed.keyId), sealed, identity),
    derive: (keyId, purpose) =>
      Buffer.from(hkdfSync("sha256", keyOf(keys, keyId), NO_SALT, `posthorn:${purpose}`, KEY_BYTES)),
    without: (keyIds) => createKeyRing(new Map([...keys].filter(([id]) => !keyIds.includes(id))), currentKeyId),
  };
}

function keyOf(keys: ReadonlyMap<string, Buffer>, keyId: string): Buffer {
  const key = keys.get(keyId);
  if (key === undefined) {
    throw new KeyUnavailableError(
      keyId,
      `The encryption key ${keyId} is not in the key ring, or another one carries its id.`,
    );
  }
  return key;
}

function decrypt(key: Buffer, sealed: SealedValue, identity: string): Buffer {
  const bytes = Buffer.from(sealed.bytes.buffer, sealed.bytes.byteOffset, sealed.bytes.byteLength);
  try {
    const decipher = createDecipheriv("aes-256-gcm", key, bytes.subarray(0, NONCE_BYTES))
      .setAAD(Buffer.from(identity))
      .setAuthTag(bytes.subarray(-TAG_BYTES));
    return Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]);
  } catch {
    throw new KeyUnavailableError(
      sealed.keyId,
      `The encryption key ${sealed.keyId} does not open this value: another key may carry the same id.`,
    );
  }
}
