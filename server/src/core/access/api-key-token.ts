/** A tenant's API key as text: `ph_` and what token-form.ts says. */
import { makeToken, readToken } from "./token-form.ts";

export { hashToken } from "./token-form.ts";

const PREFIX = "ph_";
const HINT_CHARACTERS = 4;

/** A new token. `random` is 32 bytes; given only by tests. */
export function createToken(random?: Uint8Array): string {
  return makeToken(PREFIX, random);
}

/** The token if its form and checksum are right, else null. It may still be unknown, revoked or expired. */
export function parseToken(text: string): string | null {
  return readToken(PREFIX, text);
}

/** The last four characters, by which an owner recognises a key in a list. */
export function hintOfToken(token: string): string {
  return token.slice(-HINT_CHARACTERS);
}
