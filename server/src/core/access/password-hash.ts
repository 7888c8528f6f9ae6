/**
 * Passwords as they are stored: argon2id (RFC 9106) as a PHC text, `$argon2id$v=19$m=…,t=…,p=…$salt$tag`, so that each
 * hash carries its own costs and they can be raised later. Whoever has no password costs a check the same as whoever has
 * one, so that the time of an answer does not tell who exists.
 */
import { argon2, randomBytes, timingSafeEqual } from "node:crypto";

export const PASSWORD_CHARACTERS_MIN = 12;
/** Bounds the work that a caller can ask for; counted in UTF-8. */
export const PASSWORD_BYTES_MAX = 1024;

/** The first choice of the OWASP Password Storage Cheat Sheet with the least memory for argon2id at two passes. */
const MEMORY_KIB = 19_456;
const PASSES = 2;
const PARALLELISM = 1;
/** RFC 9106, 4: a salt of 128 bits and a tag of 256. */
const SALT_BYTES = 16;
const TAG_BYTES = 32;

const PHC = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/;

interface StoredHash {
  readonly memory: number;
  readonly passes: number;
  readonly parallelism: number;
  readonly salt: Uint8Array;
  readonly tag: Uint8Array;
}

/** Opened by no password that anybody can find: the tag is not the one of the salt. */
const NOBODY: StoredHash = {
  memory: MEMORY_KIB,
  passes: PASSES,
  parallelism: PARALLELISM,
  salt: new Uint8Array(SALT_BYTES),
  tag: new Uint8Array(TAG_BYTES),
};

/** `salt` is 16 bytes; given only by tests. */
export async function hashPassword(password: string, salt: Uint8Array = randomBytes(SALT_BYTES)): Promise<string> {
  const costs = { memory: MEMORY_KIB, passes: PASSES, parallelism: PARALLELISM };
  const tag = await derive(password, { ...costs, salt, tag: NOBODY.tag });
  return `$argon2id$v=19$m=${MEMORY_KIB},t=${PASSES},p=${PARALLELISM}$${encode(salt)}$${encode(tag)}`;
}

/** Whether the password is the one of `stored`; never for null, at the same cost. Throws when `stored` is no hash. */
export async function verifyPassword(stored: string | null, password: string): Promise<boolean> {
  const hash = stored === null ? NOBODY : parse(stored);
  const isRight = timingSafeEqual(await derive(password, hash), hash.tag);
  return isRight && stored !== null;
}

function derive(password: string, { salt, tag, ...costs }: StoredHash): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const parameters = { ...costs, message: normalise(password), nonce: salt, tagLength: tag.length };
    argon2("argon2id", parameters, (error, derived) => (error === null ? resolve(derived) : reject(error)));
  });
}

/** The same characters typed on another keyboard are the same password (NIST SP 800-63B, 3.1.1.2). */
function normalise(password: string): Buffer {
  return Buffer.from(password.normalize("NFKC"));
}

function parse(stored: string): StoredHash {
  const [, memory, passes, parallelism, salt, tag] = PHC.exec(stored) ?? [];
  if (salt === undefined || tag === undefined) throw new Error("a stored password hash is not one of ours");
  return {
    memory: Number(memory),
    passes: Number(passes),
    parallelism: Number(parallelism),
    salt: Buffer.from(salt, "base64"),
    tag: Buffer.from(tag, "base64"),
  };
}

/** PHC texts have no padding. */
function encode(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64").replace(/=+$/, "");
}
