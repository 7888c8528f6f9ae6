/**
 * Turns the text of a secret into the bytes of its HMAC key, or says why it cannot. Pure and synchronous: a server
 * does it once a secret version, not once a delivery.
 * Invariant: one text and one format give one key. White space around a secret, the commonest slip of copying, is
 * refused by name and never trimmed, because the other side may have kept it.
 */

import { decodeBase64 } from "../encoding/base64.ts";
import { SECRET_PREFIX } from "./secret-profile.ts";
import type { SecretFormat } from "./secret-profile.ts";

export type ParsedSecret<Problem extends string = SecretProblem> =
  | { readonly ok: true; readonly key: Uint8Array<ArrayBuffer> }
  | { readonly ok: false; readonly problem: Problem };

export type SecretProblem = "malformed" | "too_short";

export type NewSecretProblem = SecretProblem | "too_long" | "too_predictable";

/** Below this, signing and verifying refuse: 128 bits is the least that keeps guessing out of reach. */
export const USABLE_SECRET_MINIMUM_BYTES = 16;

/** Below this, a secret is refused when it is made or imported: the least Standard Webhooks asks for. */
export const NEW_SECRET_MINIMUM_BYTES = 24;

/**
 * Above this, a new secret is refused: 64 bytes is the most Standard Webhooks allows (HMAC-SHA256 gains nothing from
 * more), and a text that is its own key gets room for vendors' longer ones.
 */
const NEW_SECRET_MAXIMUM_BYTES: Readonly<Record<SecretFormat, number>> = {
  whsec_base64: 64,
  text: 256,
  whsec_text: 256,
};

/**
 * Fewer different bytes than this in a key of 24 or more is repetition, not chance: 24 random hex digits show so few
 * less than once in a hundred million draws.
 */
const NEW_SECRET_MINIMUM_DISTINCT_BYTES = 6;

const VISIBLE_ASCII = /^[\x21-\x7e]+$/;

/**
 * Reads a secret that is to be used. The length counted is that of the part nobody can guess: the constant `whsec_`
 * counts for nothing, also where it belongs to the key.
 */
export function parseSecret(options: {
  readonly format: SecretFormat;
  readonly text: string;
  readonly minimumBytes?: number;
}): ParsedSecret {
  const { format, text, minimumBytes = USABLE_SECRET_MINIMUM_BYTES } = options;
  const key = readKey(format, text);
  if (key === null) return { ok: false, problem: "malformed" };
  const constantBytes = format === "whsec_text" ? SECRET_PREFIX.length : 0;
  if (key.length - constantBytes < minimumBytes) return { ok: false, problem: "too_short" };
  return { ok: true, key };
}

/**
 * Reads a secret that somebody wants to start using: 24 bytes or more, visible ASCII, and not the same few characters
 * over and over. It cannot tell a random secret from a clever phrase.
 */
export function parseNewSecret(options: {
  readonly format: SecretFormat;
  readonly text: string;
}): ParsedSecret<NewSecretProblem> {
  if (!VISIBLE_ASCII.test(options.text)) return { ok: false, problem: "malformed" };
  const parsed = parseSecret({ ...options, minimumBytes: NEW_SECRET_MINIMUM_BYTES });
  if (!parsed.ok) return parsed;
  if (parsed.key.length > NEW_SECRET_MAXIMUM_BYTES[options.format]) return { ok: false, problem: "too_long" };
  const unguessable = options.format === "whsec_text" ? parsed.key.subarray(SECRET_PREFIX.length) : parsed.key;
  if (new Set(unguessable).size < NEW_SECRET_MINIMUM_DISTINCT_BYTES) return { ok: false, problem: "too_predictable" };
  return parsed;
}

function readKey(format: SecretFormat, text: string): Uint8Array<ArrayBuffer> | null {
  if (text.trim() !== text) return null;
  switch (format) {
    case "whsec_base64":
      return text.startsWith(SECRET_PREFIX) ? decodeBase64(text.slice(SECRET_PREFIX.length)) : null;
    case "whsec_text":
      return text.startsWith(SECRET_PREFIX) ? new TextEncoder().encode(text) : null;
    case "text":
      return new TextEncoder().encode(text);
  }
}
