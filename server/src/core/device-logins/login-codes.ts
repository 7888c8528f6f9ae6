/**
 * The two codes of a device login as text, and how each is stored. The device code is 256 random bits, like every token.
 * The user code is for a person to type: eight letters of which none is a vowel, so that no word comes of it, and none
 * looks like a digit (RFC 8628, 6.1). Its 34 bits could be found from a plain hash, so it is stored as a MAC.
 */
import { createHmac, randomInt } from "node:crypto";

import { makeToken, readToken } from "../access/token-form.ts";
import type { KeyRing } from "../encryption/key-ring.ts";

const DEVICE_CODE_PREFIX = "phd_";
const LETTERS = "BCDFGHJKLMNPQRSTVWXZ";
const USER_CODE_LETTERS = 8;
const USER_CODE_GROUP = 4;
const PURPOSE = "device-user-codes:1";
/** Of what a person types, with whatever stands between the letters. */
export const USER_CODE_CHARACTERS_MAX = 32;

export function createDeviceCode(): string {
  return makeToken(DEVICE_CODE_PREFIX);
}

/** The code if its form and checksum are right, else null. */
export function parseDeviceCode(text: string): string | null {
  return readToken(DEVICE_CODE_PREFIX, text);
}

/** Such as `WDJB-MJHT`. */
export function createUserCode(): string {
  const letters = Array.from({ length: USER_CODE_LETTERS }, () => LETTERS.charAt(randomInt(LETTERS.length)));
  return `${letters.slice(0, USER_CODE_GROUP).join("")}-${letters.slice(USER_CODE_GROUP).join("")}`;
}

/** What a person typed, in the form that it was shown in; null when no code looks so. */
export function readUserCode(text: string): string | null {
  if (text.length > USER_CODE_CHARACTERS_MAX) return null;
  const letters = text.toUpperCase().replaceAll(/[\s.-]/g, "");
  const isCode = letters.length === USER_CODE_LETTERS && [...letters].every((letter) => LETTERS.includes(letter));
  return isCode ? `${letters.slice(0, USER_CODE_GROUP)}-${letters.slice(USER_CODE_GROUP)}` : null;
}

/** As it is stored. Throws KeyUnavailableError. */
export function userCodeMac(keyRing: KeyRing, userCode: string, keyId: string = keyRing.currentKeyId): Buffer {
  return createHmac("sha256", keyRing.derive(keyId, PURPOSE)).update(userCode).digest();
}

/** As it may be stored: a key of the ring can have become the current one since. */
export function userCodeMacs(keyRing: KeyRing, userCode: string): Buffer[] {
  return keyRing.keyIds.map((keyId) => userCodeMac(keyRing, userCode, keyId));
}
