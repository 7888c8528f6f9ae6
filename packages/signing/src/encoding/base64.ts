/**
 * Base64 as RFC 4648 section 4 writes it, and nothing else: standard alphabet, padded, no white space, no stray bits.
 * Invariant: a text that decodes is the only text for its bytes. Lenient decoders turn two spellings of a secret
 * into one key, or a damaged secret into a shorter key that then fails without a word.
 */

const STANDARD_ALPHABET = /^[A-Za-z0-9+/]*={0,2}$/;

/** The bytes of a strictly encoded text, or null when it is not one. */
export function decodeBase64(text: string): Uint8Array<ArrayBuffer> | null {
  if (text.length % 4 !== 0 || !STANDARD_ALPHABET.test(text)) return null;
  const binary = atob(text);
  // The last character of a padded text has two or four bits that must be zero; encoding again shows whether they are.
  if (btoa(binary) !== text) return null;
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}

/** Padded standard base64. */
export function encodeBase64(bytes: Uint8Array): string {
  let binary = "";
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary);
}

/** Base64url without padding (RFC 4648 section 5). */
export function encodeBase64Url(bytes: Uint8Array): string {
  return encodeBase64(bytes).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
