/**
 * Secrets in the format of their profile: made from fresh randomness, or given by a caller and checked. The format
 * belongs to the profile, so a secret that one profile takes another may not.
 */
import { createHash, randomBytes } from "node:crypto";

import { encodeSecret, type NewSecretProblem, parseNewSecret, SECRET_PROFILES } from "@posthorn/signing/schemes";

import type { InputProblem } from "../errors/core-error.ts";
import type { EndpointProfile } from "../endpoints/endpoint.ts";

/** A new secret from the platform's random source. */
export function generateSecret(profile: EndpointProfile): string {
  const { format, randomBytes: size } = SECRET_PROFILES[profile];
  return encodeSecret({ format, bytes: randomBytes(size) });
}

/** What is wrong with a secret that a caller gave, with `path` as the pointer to it. Never repeats the secret. */
export function checkNewSecret(profile: EndpointProfile, text: string, path: string): InputProblem[] {
  const parsed = parseNewSecret({ format: SECRET_PROFILES[profile].format, text });
  if (parsed.ok) return [];
  return [{ path, code: `secret_${parsed.problem}`, message: MESSAGES[parsed.problem] }];
}

const MESSAGES: Readonly<Record<NewSecretProblem, string>> = {
  malformed: "The secret is not in the format of the endpoint's profile: whsec_ and base64 with padding for standard.",
  too_short: "The secret is too short: it needs at least 24 bytes that nobody can guess.",
  too_long: "The secret is too long: at most 64 bytes after decoding.",
  too_predictable: "The secret repeats a few characters. Use random bytes.",
};

const FINGERPRINT_DOMAIN = "posthorn/secret-fingerprint/v1";
const FINGERPRINT_CHARACTERS = 12;

/**
 * Tells two secrets apart without showing either: 12 hexadecimal characters of a hash of the secret's hash, under a name
 * of its own, so that it equals no other digest of the secret.
 */
export function secretFingerprint(text: string): string {
  const digest = createHash("sha256").update(text).digest();
  const fingerprint = createHash("sha256").update(FINGERPRINT_DOMAIN).update(digest).digest("hex");
  return fingerprint.slice(0, FINGERPRINT_CHARACTERS);
}
