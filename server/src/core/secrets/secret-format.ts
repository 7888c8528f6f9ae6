/**
 * Secrets in the format of their endpoint: made from fresh randomness, or given by a caller and checked. The format
 * belongs to the profile and to how the endpoint signs, both fixed for good, so a secret that one endpoint takes another
 * may not.
 */
import { createHash, randomBytes } from "node:crypto";

import {
  encodeSecret,
  type NewSecretProblem,
  parseEd25519PrivateKey,
  parseNewSecret,
  SECRET_PROFILES,
} from "@posthorn/signing/schemes";

import type { InputProblem } from "../errors/core-error.ts";
import type { EndpointProfile, EndpointSignature } from "../endpoints/endpoint.ts";
import { generateEd25519Secret, readEd25519Secret } from "./ed25519-secret.ts";

/** What decides the format of an endpoint's secrets. */
export interface SecretKind {
  readonly profile: EndpointProfile;
  readonly signature: EndpointSignature;
}

/** A new secret from the platform's random source. */
export function generateSecret({ profile, signature }: SecretKind): string {
  if (signature === "ed25519") return generateEd25519Secret();
  const { format, randomBytes: size } = SECRET_PROFILES[profile];
  return encodeSecret({ format, bytes: randomBytes(size) });
}

/**
 * What the answer of whoever made the secret shows: an HMAC secret, since the receiver needs it; no private key, since
 * nobody but Posthorn does. Reveal shows that too.
 */
export function toShownSecret(signature: EndpointSignature, text: string): string | null {
  return signature === "ed25519" ? null : text;
}

/** What is wrong with a secret that a caller gave, with `path` as the pointer to it. Never repeats the secret. */
export function checkNewSecret({ profile, signature }: SecretKind, text: string, path: string): InputProblem[] {
  if (signature === "ed25519") return checkEd25519Secret(text, path);
  const parsed = parseNewSecret({ format: SECRET_PROFILES[profile].format, text });
  if (parsed.ok) return [];
  return [{ path, code: `secret_${parsed.problem}`, message: MESSAGES[parsed.problem] }];
}

/** Fewer different bytes than this in the 32 of a seed are repetition, not chance. */
const SEED_MINIMUM_DISTINCT_BYTES = 8;

function checkEd25519Secret(text: string, path: string): InputProblem[] {
  const pair = parseEd25519PrivateKey(text);
  if (pair === null) {
    const message =
      "The secret is not whsk_ and the base64, with padding, of an Ed25519 private key and its public key.";
    return [{ path, code: "secret_malformed", message }];
  }
  if (new Set(pair.seed).size < SEED_MINIMUM_DISTINCT_BYTES) {
    return [{ path, code: "secret_too_predictable", message: MESSAGES.too_predictable }];
  }
  if (readEd25519Secret(text) !== null) return [];
  return [{ path, code: "secret_mismatched", message: "The public key does not belong to the private key before it." }];
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
