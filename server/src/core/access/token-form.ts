/**
 * The text form of every token that we hand out: a prefix, 32 random bytes in 43 base-62 digits, and a checksum of 6
 * more (CRC-32). The prefix says what it is and lets a leak scanner find it, the checksum lets it and us tell a real
 * one from a typo without asking the database. A base-62 text is selected whole by a double click and needs no escaping
 * anywhere. Stored is only SHA-256: 256 random bits need no slow hash.
 */
import { hash, randomBytes } from "node:crypto";
import { crc32 } from "node:zlib";

const RANDOM_BYTES = 32;
/** 62^43 is the first power of 62 above 2^256. */
const RANDOM_DIGITS = 43;
/** 62^6 is above 2^32. */
const CHECKSUM_DIGITS = 6;
const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const REST = new RegExp(`^([0-9A-Za-z]{${RANDOM_DIGITS}})([0-9A-Za-z]{${CHECKSUM_DIGITS}})$`);

/** A new token. `random` is 32 bytes; given only by tests. */
export function makeToken(prefix: string, random: Uint8Array = randomBytes(RANDOM_BYTES)): string {
  const body = toBase62(BigInt(`0x${Buffer.from(random).toString("hex")}`), RANDOM_DIGITS);
  return prefix + body + checksum(body);
}

/** The token if its prefix, form and checksum are right, else null. It may still be unknown, revoked or expired. */
export function readToken(prefix: string, text: string): string | null {
  if (!text.startsWith(prefix)) return null;
  const [, body, digits] = REST.exec(text.slice(prefix.length)) ?? [];
  if (body === undefined || digits !== checksum(body)) return null;
  return text;
}

/** SHA-256 of a token's or root key's text: what is stored and compared. */
export function hashToken(token: string): Buffer {
  return hash("sha256", token, "buffer");
}

function checksum(body: string): string {
  return toBase62(BigInt(crc32(body)), CHECKSUM_DIGITS);
}

function toBase62(value: bigint, width: number): string {
  let text = "";
  for (let rest = value; text.length < width; rest /= 62n) text = ALPHABET.charAt(Number(rest % 62n)) + text;
  return text;
}
