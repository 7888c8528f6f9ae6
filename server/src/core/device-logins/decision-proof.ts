/**
 * What the second form of the approval page carries instead of a cookie: a proof that a user gave the password a moment
 * ago, for one login. It is bound to the hash of that password, so another password ends it. It means nothing anywhere
 * else, and no other site can make a browser send it.
 */
import { createHmac, timingSafeEqual } from "node:crypto";

import type { KeyRing } from "../encryption/key-ring.ts";

export interface DecisionProof {
  readonly loginId: string;
  readonly tenantId: string;
  readonly userId: string;
  /** Unix milliseconds. */
  readonly expiresAtMs: number;
}

/** Time to read what is asked for. */
export const DECISION_MS = 5 * 60 * 1000;
const PURPOSE = "device-login-decisions:1";
const UUID = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}";
const PROOF = new RegExp(`^(${UUID})\\.(${UUID})\\.(${UUID})\\.(\\d{1,15})\\.([A-Za-z0-9_-]{43})$`);
/** More than any proof has. */
export const PROOF_CHARACTERS_MAX = 256;

/** Throws KeyUnavailableError. */
export function makeDecisionProof(keyRing: KeyRing, proof: DecisionProof, passwordHash: string): string {
  const text = toText(proof);
  return `${text}.${toMac(keyRing, text, passwordHash).toString("base64url")}`;
}

/** What a proof says, before it is known to be true; null when it is none. */
export function readDecisionProof(text: string): DecisionProof | null {
  const [, loginId, tenantId, userId, expiresAtMs] = PROOF.exec(text) ?? [];
  if (loginId === undefined || tenantId === undefined || userId === undefined) return null;
  return { loginId, tenantId, userId, expiresAtMs: Number(expiresAtMs) };
}

/** Whether we made it, for the user's present password. Throws KeyUnavailableError. */
export function isOwnDecisionProof(keyRing: KeyRing, text: string, passwordHash: string): boolean {
  const dot = text.lastIndexOf(".");
  const mac = Buffer.from(text.slice(dot + 1), "base64url");
  const expected = toMac(keyRing, text.slice(0, dot), passwordHash);
  return mac.length === expected.length && timingSafeEqual(mac, expected);
}

function toText({ loginId, tenantId, userId, expiresAtMs }: DecisionProof): string {
  return [loginId, tenantId, userId, expiresAtMs].join(".");
}

/** No field of the text holds a line break. */
function toMac(keyRing: KeyRing, text: string, passwordHash: string): Buffer {
  const key = keyRing.derive(keyRing.currentKeyId, PURPOSE);
  return createHmac("sha256", key).update(`${text}\n${passwordHash}`).digest();
}
