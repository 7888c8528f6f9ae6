/**
 * A tenant's API key as text. Ours is `ph_` and what token-form.ts says; the form of thesignup's contract,
 * `sgn_<env>_<prefix>_<secret>`, repeats the first four characters of the same secret before it.
 */
import { makeToken, readToken } from "./token-form.ts";

export { hashToken } from "./token-form.ts";

export const API_KEY_FORMS = ["posthorn", "thesignup"] as const;
export type ApiKeyForm = (typeof API_KEY_FORMS)[number];

const PREFIX = "ph_";
const THESIGNUP = /^(sgn_(?:live|test)_)([0-9A-Za-z]{4})_(.+)$/;
const THESIGNUP_ENVIRONMENT = "sgn_live_";
const THESIGNUP_PREFIX_CHARACTERS = 4;
const HINT_CHARACTERS = 4;

/** A new token. `random` is 32 bytes: given by tests, and where a key has to be the same at each start. */
export function createToken(random?: Uint8Array, form: ApiKeyForm = "posthorn"): string {
  if (form === "posthorn") return makeToken(PREFIX, random);
  const secret = makeToken("", random);
  return `${THESIGNUP_ENVIRONMENT}${secret.slice(0, THESIGNUP_PREFIX_CHARACTERS)}_${secret}`;
}

/** The token if its form and checksum are right, else null. It may still be unknown, revoked or expired. */
export function parseToken(text: string): string | null {
  const [, , prefix, secret = ""] = THESIGNUP.exec(text) ?? [];
  if (prefix === undefined) return readToken(PREFIX, text);
  return secret.startsWith(prefix) && readToken("", secret) !== null ? text : null;
}

/** The last four characters, by which an owner recognises a key in a list. */
export function hintOfToken(token: string): string {
  return token.slice(-HINT_CHARACTERS);
}
